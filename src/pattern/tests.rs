//! Lists of patterns: what they cover, what they exclude, what is refused.

use super::{PathPatterns, PatternError, RefPatterns, RepositoryPatterns};
use crate::ids::RefName;

fn list(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|p| p.to_string()).collect()
}

fn name(text: &str) -> RefName {
    RefName::parse(text.as_bytes(), true).unwrap()
}

fn refs(patterns: &[&str]) -> RefPatterns {
    RefPatterns::parse(&list(patterns)).unwrap()
}

fn paths(patterns: &[&str]) -> PathPatterns {
    PathPatterns::parse(&list(patterns)).unwrap()
}

fn ref_error(pattern: &str) -> PatternError {
    RefPatterns::parse(&list(&[pattern])).unwrap_err().remove(0).1
}

#[test]
fn a_star_stays_in_its_segment_and_two_stars_do_not() {
    let one = refs(&["refs/heads/release/*"]);
    assert!(one.matches(&name("refs/heads/release/1"), None));
    assert!(!one.matches(&name("refs/heads/release/1/a"), None));
    assert!(!one.matches(&name("refs/heads/release"), None));
    let any = refs(&["refs/heads/release/**"]);
    for matched in ["refs/heads/release/1/a", "refs/heads/release/1", "refs/heads/release"] {
        assert!(any.matches(&name(matched), None), "{matched}");
    }
    assert!(!any.matches(&name("refs/heads/released"), None));
}

#[test]
fn head_is_the_branch_it_points_to_and_nothing_else() {
    let head = name("refs/heads/trunk");
    let patterns = refs(&["HEAD"]);
    assert!(patterns.matches(&head, Some(&head)));
    assert!(!patterns.matches(&name("refs/heads/main"), Some(&head)));
    assert!(!patterns.matches(&name("refs/heads/HEAD"), Some(&head)));
    assert!(!patterns.matches(&head, None));
    assert!(!refs(&["refs/heads/**", "!HEAD"]).matches(&head, Some(&head)));
}

#[test]
fn every_spelling_is_covered_where_names_fold_and_exclusions_stay_exact() {
    let head = name("refs/heads/Trunk");
    let patterns = refs(&["HEAD", "refs/heads/release/**", "!refs/heads/release/wip"]);
    for covered in [
        "refs/heads/trunk",
        "refs/heads/TRUNK",
        "refs/heads/Release/1",
        "refs/Heads/release/1",
        "refs/heads/release/Wip",
    ] {
        assert!(patterns.matches_folded(&name(covered), Some(&head)), "{covered}");
        let namespaced = name(&format!("refs/namespaces/x/{covered}"));
        assert!(patterns.matches_folded(&namespaced, Some(&head)), "{covered}");
        assert_eq!(patterns.matches(&name(covered), Some(&head)), covered.ends_with("release/Wip"), "{covered}");
    }
    for other in ["refs/heads/release/wip", "refs/heads/trunks", "refs/tags/release/1"] {
        assert!(!patterns.matches_folded(&name(other), Some(&head)), "{other}");
    }
    assert!(RefPatterns::default().matches_folded(&name("refs/X/y"), None));
    assert!(!RefPatterns::none().matches_folded(&name("refs/heads/main"), None));
}

#[test]
fn an_exclusion_counts_wherever_it_stands() {
    for patterns in [["!refs/heads/wip/**", "refs/heads/**"], ["refs/heads/**", "!refs/heads/wip/**"]] {
        let patterns = refs(&patterns);
        assert!(patterns.matches(&name("refs/heads/main"), None));
        assert!(!patterns.matches(&name("refs/heads/wip/x"), None));
    }
}

#[test]
fn a_binding_covers_a_ref_by_either_of_its_names() {
    let patterns = refs(&["refs/heads/**", "!refs/heads/wip/**"]);
    assert!(patterns.matches(&name("refs/namespaces/team/refs/heads/main"), None));
    assert!(!patterns.matches(&name("refs/namespaces/team/refs/heads/wip/x"), None));
    assert!(refs(&["refs/namespaces/team/**"]).matches(&name("refs/namespaces/team/refs/heads/main"), None));
    let head = name("refs/heads/main");
    assert!(refs(&["HEAD"]).matches(&name("refs/namespaces/team/refs/heads/main"), Some(&head)));
}

#[test]
fn a_namespace_cannot_be_named_so_that_an_exclusion_takes_it_out() {
    let patterns = refs(&["refs/**", "!refs/*/wip/**"]);
    assert!(!patterns.matches(&name("refs/heads/wip/x"), None));
    assert!(patterns.matches(&name("refs/namespaces/wip/refs/heads/main"), None));
}

#[test]
fn what_lets_something_through_reads_the_stored_name_alone() {
    let head = name("refs/heads/main");
    let namespaced = name("refs/namespaces/team/refs/heads/main");
    for patterns in [refs(&["HEAD"]), refs(&["refs/heads/main"])] {
        assert!(patterns.matches_stored(&head, Some(&head)));
        assert!(!patterns.matches_stored(&namespaced, Some(&head)));
    }
}

#[test]
fn everything_and_none_are_told_apart() {
    let main = name("refs/heads/main");
    assert!(RefPatterns::default().matches(&main, None) && RefPatterns::default().is_everything());
    assert!(!RefPatterns::none().matches(&main, None) && !RefPatterns::none().is_everything());
    assert!(refs(&["refs/**"]).is_everything());
    assert!(!refs(&["refs/*/**"]).is_everything());
    assert!(!refs(&["refs/heads/**"]).is_everything());
    assert!(!refs(&["refs/**", "!HEAD"]).is_everything());
    assert_eq!(
        [RefPatterns::default().to_string(), RefPatterns::none().to_string(), refs(&["refs/**", "!HEAD"]).to_string()],
        ["all", "none", "refs/**, !HEAD"]
    );
}

#[test]
fn ref_patterns_that_can_match_nothing_are_refused() {
    assert!(matches!(ref_error("main"), PatternError::NotFull { .. }));
    assert!(matches!(ref_error("!main"), PatternError::NotFull { .. }));
    assert!(matches!(ref_error("**"), PatternError::NotFull { .. }));
    assert!(matches!(ref_error(""), PatternError::NotFull { .. }));
    for pattern in [
        "refs/heads/[ab]",
        "refs/heads/a?",
        "refs/heads/a b",
        "refs/heads/a\\*",
        "refs/heads/.x",
        "refs/heads/*.lock",
        "refs/heads",
    ] {
        assert!(matches!(ref_error(pattern), PatternError::NoSuchRef { .. }), "{pattern}");
    }
    assert!(matches!(ref_error("refs/heads/"), PatternError::EmptySegment { .. }));
    assert!(matches!(ref_error("refs//x"), PatternError::EmptySegment { .. }));
    assert!(matches!(ref_error("refs/heads/a**"), PatternError::PartialDoubleStar { .. }));
    assert_eq!(ref_error(&format!("refs{}", "/a".repeat(99))), PatternError::TooLong { limit: 99 });
    assert!(RefPatterns::parse(&list(&[&format!("refs{}", "/a".repeat(98))])).is_ok());
}

#[test]
fn every_wrong_pattern_of_a_list_is_told_with_its_index() {
    let errors = RefPatterns::parse(&list(&["refs/heads/main", "main", "!wip"])).unwrap_err();
    assert_eq!(errors.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(RefPatterns::parse(&list(&["!refs/heads/x"])).unwrap_err(), [(0, PatternError::OnlyExclusions)]);
    assert_eq!(PathPatterns::parse(&[]).unwrap_err(), [(0, PatternError::EmptyList)]);
}

#[test]
fn an_error_says_what_to_write_instead() {
    let words = |pattern: &str| format!("{}; {}", ref_error(pattern), ref_error(pattern).help());
    assert_eq!(
        words("main"),
        "'main' is not a full ref name: it must begin 'refs/' or be 'HEAD'; write 'refs/heads/main' for a branch, 'refs/tags/main' for a tag"
    );
    assert_eq!(
        words("refs/tags"),
        "'refs/tags' is no name that a ref can have; write 'refs/tags/**' for every ref below it"
    );
    assert_eq!(
        words("refs/heads/"),
        "'refs/heads/' has an empty segment and matches nothing; write 'refs/heads/**' for everything below it"
    );
    assert_eq!(
        words("refs/heads/v**"),
        "'**' must be a whole segment, which it is not in 'refs/heads/v**'; write 'refs/heads/v*' to stay within the segment"
    );
    let (_, absolute) = PathPatterns::parse(&list(&["/infra/**"])).unwrap_err().remove(0);
    assert_eq!(absolute.help(), "paths begin at the top of the repository: write 'infra/**'");
}

#[test]
fn paths_match_under_folding_and_are_excluded_exactly() {
    let patterns = paths(&["infra/**", "!infra/docs/**"]);
    for path in ["infra/a", "INFRA/a/b", "in\u{200c}fra/x", "infra/Docs/x", "infra/doc\u{200c}s/x"] {
        assert!(patterns.matches(path.as_bytes()), "{path}");
    }
    for path in ["infra/docs/x", "infra/docs", "src/a", "infrastructure/x"] {
        assert!(!patterns.matches(path.as_bytes()), "{path}");
    }
    assert!(paths(&["caf\u{e9}/*"]).matches("CAFE\u{301}/x".as_bytes()));
    assert!(paths(&["infra/*"]).matches(b"Infra/\xff\xfe"));
    assert!(paths(&["infra/**"]).matches(b"infra/a\nb"));
}

#[test]
fn a_mark_after_a_star_does_not_hide_a_path() {
    // Decomposed and ordered, the marks of the path stand otherwise than those of the pattern.
    let patterns = paths(&["caf\u{e9}*"]);
    assert!(patterns.matches("caf\u{e9}\u{323}".as_bytes()));
}

#[test]
fn what_lets_a_path_through_reads_it_exactly() {
    let patterns = paths(&["docs/**", "!docs/secret/**"]);
    assert!(patterns.matches_exactly(b"docs/a"));
    for path in ["DOCS/a", "docs/secret/x", "docs/Secret/x", "docs/sec\u{200c}ret/x", "src/a"] {
        assert!(!patterns.matches_exactly(path.as_bytes()), "{path}");
    }
    assert!(!paths(&["docs/a/**"]).matches_exactly(b"docs"));
}

#[test]
fn an_entry_at_or_above_the_fixed_part_matches() {
    for (pattern, entry, meant) in [
        ("infra/**", "infra", true),
        ("a/b/*.tf", "a", true),
        ("a/b/*.tf", "a/b", true),
        ("a/b/*.tf", "A", true),
        ("a/b/*.tf", "b", false),
        ("a/b/*.tf", "a/c", false),
        ("a/b/c.tf", "a/b", true),
        ("*/b/**", "a", false),
        ("**/*.tf", "a", false),
    ] {
        assert_eq!(paths(&[pattern]).matches(entry.as_bytes()), meant, "{pattern} {entry}");
    }
    assert!(!paths(&["infra/**", "!infra"]).matches(b"infra"));
}

#[test]
fn only_folders_that_can_hold_a_match_are_entered() {
    for (patterns, directory, enter) in [
        (&["infra/**"][..], "", true),
        (&["infra/**"], "infra", true),
        (&["infra/**"], "Infra/a", true),
        (&["infra/**"], "src", false),
        (&["a/b/*.tf"], "a", true),
        (&["a/b/*.tf"], "a/b", true),
        (&["a/b/*.tf"], "a/b/c", false),
        (&["**/*.tf"], "x/y", true),
        (&["infra"], "", true),
        (&["infra"], "infra", false),
        (&["**", "!vendor/**"], "vendor", false),
        (&["**", "!vendor/**"], "vendor/a/b", false),
        (&["**", "!vendor/**"], "Vendor", true),
        (&["**", "!vendor/*"], "vendor", true),
        (&["**", "!**"], "", false),
    ] {
        assert_eq!(paths(patterns).may_match_below(directory.as_bytes()), enter, "{patterns:?} {directory}");
    }
}

#[test]
fn path_lists_are_equal_when_written_alike() {
    let mut seen = std::collections::HashSet::new();
    assert!(seen.insert(paths(&["a/**"])));
    assert!(!seen.insert(paths(&["a/**"])));
    assert!(seen.insert(paths(&["a/**", "!a/b"])));
    assert!(seen.insert(PathPatterns::default()));
    assert!(PathPatterns::default().matches(b"anything") && PathPatterns::default().may_match_below(b"a/b"));
}

#[test]
fn repositories_match_whatever_case_the_client_typed() {
    let patterns = RepositoryPatterns::parse(&list(&["infra/*", "!infra/sandbox"])).unwrap();
    assert!(patterns.matches("infra/prod") && patterns.matches("INFRA/prod") && patterns.matches("infra/Sandbox"));
    assert!(!patterns.matches("infra/sandbox") && !patterns.matches("infra") && !patterns.matches("infra/a/b"));
    let absolute = RepositoryPatterns::parse(&list(&["/srv/git/**", "!/srv/git/x.git"])).unwrap();
    assert!(
        absolute.matches("/srv/git/a/b.git") && !absolute.matches("srv/git/a") && !absolute.matches("/srv/git/x.git")
    );
    assert!(RepositoryPatterns::parse(&list(&["**/infra/*"])).unwrap().matches("/srv/git/infra/x.git"));
    assert!(RepositoryPatterns::default().matches("anything"));
}
