//! Which builtin functions a rule may call. Those whose answer depends on anything but their arguments are not among
//! them: a push is judged by what it is, not by when or where.

/// Name and number of arguments of every function that the engine has and a rule may call. The engine finds out
/// that it lacks one only when it gets there, so this list is compared with it by a test.
const KNOWN: &[(&str, usize)] = &[
    ("abs", 1),
    ("array.concat", 2),
    ("array.reverse", 1),
    ("array.slice", 3),
    ("base64.decode", 1),
    ("base64.encode", 1),
    ("base64.is_valid", 1),
    ("base64url.decode", 1),
    ("base64url.encode", 1),
    ("base64url.encode_no_pad", 1),
    ("bits.and", 2),
    ("bits.lsh", 2),
    ("bits.negate", 1),
    ("bits.or", 2),
    ("bits.rsh", 2),
    ("bits.xor", 2),
    ("ceil", 1),
    ("concat", 2),
    ("contains", 2),
    ("count", 1),
    ("endswith", 2),
    ("floor", 1),
    ("format_int", 2),
    ("glob.match", 3),
    ("glob.quote_meta", 1),
    ("hex.decode", 1),
    ("hex.encode", 1),
    ("indexof", 2),
    ("indexof_n", 2),
    ("intersection", 1),
    ("is_array", 1),
    ("is_boolean", 1),
    ("is_null", 1),
    ("is_number", 1),
    ("is_object", 1),
    ("is_set", 1),
    ("is_string", 1),
    ("json.filter", 2),
    ("json.is_valid", 1),
    ("json.marshal", 1),
    ("json.marshal_with_options", 2),
    ("json.remove", 2),
    ("json.unmarshal", 1),
    ("lower", 1),
    ("max", 1),
    ("min", 1),
    ("net.cidr_contains", 2),
    ("net.cidr_expand", 1),
    ("net.cidr_is_valid", 1),
    ("numbers.range", 2),
    ("numbers.range_step", 3),
    ("object.filter", 2),
    ("object.get", 3),
    ("object.keys", 1),
    ("object.remove", 2),
    ("object.subset", 2),
    ("object.union", 2),
    ("object.union_n", 1),
    ("product", 1),
    ("regex.find_all_string_submatch_n", 3),
    ("regex.find_n", 3),
    ("regex.is_valid", 1),
    ("regex.match", 2),
    ("regex.replace", 3),
    ("regex.split", 2),
    ("regex.template_match", 4),
    ("replace", 3),
    ("round", 1),
    ("semver.compare", 2),
    ("semver.is_valid", 1),
    ("sort", 1),
    ("split", 2),
    ("sprintf", 2),
    ("startswith", 2),
    ("strings.any_prefix_match", 2),
    ("strings.any_suffix_match", 2),
    ("strings.count", 2),
    ("strings.replace_n", 2),
    ("strings.reverse", 1),
    ("substring", 3),
    ("sum", 1),
    ("time.add_date", 4),
    ("time.clock", 1),
    ("time.date", 1),
    ("time.diff", 2),
    ("time.format", 1),
    ("time.parse_duration_ns", 1),
    ("time.parse_ns", 2),
    ("time.parse_rfc3339_ns", 1),
    ("time.weekday", 1),
    ("to_number", 1),
    ("trim", 2),
    ("trim_left", 2),
    ("trim_prefix", 2),
    ("trim_right", 2),
    ("trim_space", 1),
    ("trim_suffix", 2),
    ("type_name", 1),
    ("union", 1),
    ("units.parse", 1),
    ("units.parse_bytes", 1),
    ("upper", 1),
];

/// Functions of Rego whose answer depends on the machine, the moment or chance.
const IMPURE: &[(&str, &str)] = &[
    ("http.send", "judging opens no network connection: put what is needed into a data document"),
    ("net.lookup_ip_addr", "judging opens no network connection: put what is needed into a data document"),
    ("opa.runtime", "put what is needed into a data document or a parameter"),
    ("rand.intn", "a push gets the same answer every time"),
    ("rego.metadata.chain", "hints and titles come from METADATA by themselves"),
    ("rego.metadata.rule", "hints and titles come from METADATA by themselves"),
    ("time.now_ns", "time is 'input.push.received_at_ns'"),
    ("trace", "use 'print'"),
    ("uuid.rfc4122", "a push gets the same answer every time"),
    ("uuid.parse", "compare the text"),
];

/// What is known about a function's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// With this many arguments; `print` takes any number.
    Known {
        arguments: Option<usize>,
    },
    /// A rule may not call it; what to do instead.
    Refused {
        instead: &'static str,
    },
    Unknown,
}

impl Builtin {
    pub fn find(name: &str) -> Self {
        if name == "print" {
            return Self::Known { arguments: None };
        }
        if let Some((_, arguments)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Self::Known { arguments: Some(*arguments) };
        }
        match IMPURE.iter().find(|(known, _)| *known == name) {
            Some((_, instead)) => Self::Refused { instead },
            None => Self::Unknown,
        }
    }

    /// The names a rule may use.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name).chain(["print"])
    }
}

/// Functions that take a moment with a time zone: `"Local"` would be this machine's.
pub const ZONED: [&str; 6] = ["time.add_date", "time.clock", "time.date", "time.diff", "time.format", "time.weekday"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_function_is_the_engine_s_with_as_many_arguments() {
        for (name, arguments) in KNOWN {
            let theirs = regorus::unstable::BUILTINS.get(name).map(|(_, arguments)| usize::from(*arguments));
            assert_eq!(theirs, Some(*arguments), "{name}");
        }
    }

    #[test]
    fn what_the_engine_has_and_rules_may_not_call_is_known_by_name() {
        let others: Vec<&str> = regorus::unstable::BUILTINS
            .keys()
            .copied()
            .filter(|name| !KNOWN.iter().any(|(known, _)| known == name))
            .collect();
        for name in &others {
            assert!(
                matches!(Builtin::find(name), Builtin::Refused { .. }) || name.starts_with("__builtin"),
                "{name} in {others:?}"
            );
        }
    }

    #[test]
    fn functions_of_chance_and_circumstance_are_refused() {
        for name in ["time.now_ns", "rand.intn", "http.send", "opa.runtime", "uuid.rfc4122", "net.lookup_ip_addr"] {
            assert!(matches!(Builtin::find(name), Builtin::Refused { .. }), "{name}");
        }
        assert_eq!(Builtin::find("crypto.sha256"), Builtin::Unknown);
    }
}
