//! Push options (`git push -o`), as git hands them to hooks (githooks(5), "pre-receive").

use thiserror::Error;

use crate::config::Limits;
use crate::server::Environment;

/// Why push options cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OptionsError {
    /// `GIT_PUSH_OPTION_COUNT` is not a number, or an option that it counts is not there: something on the way
    /// changed the environment.
    #[error("git counts {count} push options, which are not all there")]
    Incomplete { count: String },
    #[error("push option {index} is not UTF-8")]
    NotUtf8 { index: usize },
    #[error("the push options have more than {limit} bytes together (limit 'push_option_bytes')")]
    TooLarge { limit: usize },
    #[error("{count} push options are more than {limit} (limit 'push_options')")]
    TooMany { count: usize, limit: usize },
}

/// The options in order. Numbers beyond the count are left from elsewhere and not looked at; no count means none.
pub fn options(environment: &Environment, limits: &Limits) -> Result<Vec<String>, OptionsError> {
    let Some(written) = environment.value("GIT_PUSH_OPTION_COUNT") else { return Ok(Vec::new()) };
    let incomplete = || OptionsError::Incomplete { count: written.to_string_lossy().into_owned() };
    let digits = written.to_str().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let count: usize = digits.and_then(|digits| digits.parse().ok()).ok_or_else(incomplete)?;
    if count > limits.push_options {
        return Err(OptionsError::TooMany { count, limit: limits.push_options });
    }
    let mut options = Vec::new();
    let mut room = limits.push_option_bytes;
    for index in 0..count {
        let option = environment.value(&format!("GIT_PUSH_OPTION_{index}")).ok_or_else(incomplete)?;
        room = room.checked_sub(option.len()).ok_or(OptionsError::TooLarge { limit: limits.push_option_bytes })?;
        options.push(option.to_str().ok_or(OptionsError::NotUtf8 { index })?.to_string());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn read(variables: &[(&str, &str)]) -> Result<Vec<String>, OptionsError> {
        let limits = Limits { push_options: 3, push_option_bytes: 8, ..Limits::default() };
        options(&Environment::of(variables), &limits)
    }

    const COUNT: &str = "GIT_PUSH_OPTION_COUNT";

    #[test]
    fn counted_options_are_read_and_stale_ones_are_not() {
        assert_eq!(read(&[]), Ok(vec![]));
        assert_eq!(read(&[(COUNT, "0"), ("GIT_PUSH_OPTION_0", "stale")]), Ok(vec![]));
        assert_eq!(read(&[("GIT_PUSH_OPTION_0", "stale")]), Ok(vec![]));
        let two =
            [(COUNT, "2"), ("GIT_PUSH_OPTION_0", "a\nb"), ("GIT_PUSH_OPTION_1", ""), ("GIT_PUSH_OPTION_7", "stale")];
        assert_eq!(read(&two), Ok(vec!["a\nb".to_string(), String::new()]));
    }

    #[test]
    fn the_limits_themselves_pass_and_one_more_does_not() {
        let many = |count: &'static str| {
            [
                (COUNT, count),
                ("GIT_PUSH_OPTION_0", ""),
                ("GIT_PUSH_OPTION_1", ""),
                ("GIT_PUSH_OPTION_2", ""),
                ("GIT_PUSH_OPTION_3", ""),
            ]
        };
        assert_eq!(read(&many("3")).unwrap().len(), 3);
        assert_eq!(read(&many("4")), Err(OptionsError::TooMany { count: 4, limit: 3 }));
        assert_eq!(
            read(&[(COUNT, "2"), ("GIT_PUSH_OPTION_0", "1234"), ("GIT_PUSH_OPTION_1", "5678")]).unwrap().len(),
            2
        );
        assert_eq!(
            read(&[(COUNT, "2"), ("GIT_PUSH_OPTION_0", "1234"), ("GIT_PUSH_OPTION_1", "56789")]),
            Err(OptionsError::TooLarge { limit: 8 })
        );
    }

    #[test]
    fn options_that_are_not_all_there_are_refused() {
        for count in ["1", "", "-1", "+1", "1 ", "x", "99999999999999999999999"] {
            assert!(matches!(read(&[(COUNT, count)]), Err(OptionsError::Incomplete { .. })), "{count:?}");
        }
        let environment = Environment::new([
            (COUNT.into(), "1".into()),
            ("GIT_PUSH_OPTION_0".into(), OsStr::from_bytes(b"\xff").to_os_string()),
        ]);
        assert_eq!(options(&environment.unwrap(), &Limits::default()), Err(OptionsError::NotUtf8 { index: 0 }));
    }
}
