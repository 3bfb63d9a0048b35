use crate::desk::Desk;

/// Codes in a list of rules.
fn codes(list: &str) -> Vec<&str> {
    let lines = list.lines().filter(|line| line.starts_with("  ") || line.starts_with("* "));
    lines.filter_map(|line| line[2..].split_whitespace().next()).filter(|word| word.contains('.')).collect()
}

#[test]
fn the_list_holds_every_shipped_rule() {
    let list = Desk::empty().run(&["rules"]).answer();
    let codes = codes(&list);
    let mut folders = 0;
    for subject in ["push", "update", "commit", "tag"] {
        for entry in std::fs::read_dir(format!("{}/policies/{subject}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let code = format!("{subject}.{}", entry.unwrap().file_name().to_string_lossy());
            assert!(codes.contains(&code.as_str()), "{code} is not in\n{list}");
            folders += 1;
        }
    }
    assert_eq!(folders, codes.len());
}

#[test]
fn the_list_marks_rules_of_ones_own_and_those_that_are_bound() {
    let desk = Desk::started();
    let list = desk.run(&["rules"]).answer();
    assert!(list.contains("* commit.ticket ") && list.contains("(yours)"), "{list}");
    assert!(list.contains("* update.fast_forward ") && list.contains("  update.who "), "{list}");
}

#[test]
fn a_rule_is_shown_with_parameters_binding_refusal_and_what_it_reads() {
    let page = Desk::empty().run(&["rules", "show", "commit.signed"]).answer();
    for words in [
        "commit.signed: Commits are signed",
        "judge_at  (string, default \"receipt\")",
        "use = \"commit.signed\"",
        "commit.signed: not signed",
        "hint: sign it with `git commit --amend --no-edit -S`, or an older one",
        "commit.signature.status",
    ] {
        assert!(page.contains(words), "'{words}' is not in\n{page}");
    }
}

#[test]
fn a_rule_of_ones_own_is_shown_with_where_it_is_bound_and_its_own_refusal() {
    let page = Desk::started().run(&["rules", "show", "commit.ticket"]).answer();
    for words in ["params = { project = \"…\" }", "refgate.toml:", "commit.ticket: subject names no ticket of 'SHOP'"]
    {
        assert!(page.contains(words), "'{words}' is not in\n{page}");
    }
}

#[test]
fn a_mistyped_rule_is_told_the_right_one() {
    let words = Desk::empty().run(&["rules", "show", "commit.sigend"]).ends(2);
    assert!(
        words.contains("there is no rule 'commit.sigend'") && words.contains("did you mean 'commit.signed'?"),
        "{words}"
    );
}

#[test]
fn every_shipped_rule_can_be_ejected_and_its_tests_still_pass() {
    let desk = Desk::empty();
    let list = desk.run(&["rules"]).answer();
    for code in codes(&list) {
        let _ = desk.run(&["rules", "eject", code]).answer();
    }
    let words = desk.run(&["test", "policies"]).answer();
    assert!(words.ends_with(" passed\n"), "{words}");
}

#[test]
fn an_ejected_rule_is_a_rule_of_ones_own_that_can_be_bound() {
    let desk = Desk::started();
    let words = desk.run(&["rules", "eject", "commit.signed", "--name", "sealed"]).answer();
    assert!(words.contains("use = \"commit.sealed\""), "{words}");
    let config = desk.read("refgate.toml").replace("\"commit.signed\"", "\"commit.sealed\"");
    desk.write("refgate.toml", &config);
    let words = desk.run(&["check", "--config", "refgate.toml"]).answer();
    assert!(words.contains("commit.sealed"), "{words}");
}

#[test]
fn ejecting_overwrites_nothing_and_takes_no_shipped_name() {
    let desk = Desk::empty();
    let _ = desk.run(&["rules", "eject", "commit.signed"]).ends(0);
    let path = "policies/commit/our_signed/our_signed.rego";
    desk.write(path, "package mine\n");
    let words = desk.run(&["rules", "eject", "commit.signed"]).ends(2);
    assert!(words.contains("nothing was written"), "{words}");
    assert_eq!(desk.read(path), "package mine\n");
    let words = desk.run(&["rules", "eject", "commit.signed", "--name", "identity"]).ends(2);
    assert!(words.contains("'commit.identity' is a shipped rule"), "{words}");
    let words = desk.run(&["rules", "eject", "commit.signed", "--name", "../../x"]).ends(2);
    assert!(words.contains("is not a rule's name"), "{words}");
}

/// `policies/README.md` is `refgate rules --markdown`; write it anew with `REFGATE_WRITE=1 cargo test --test kit`.
#[test]
fn the_checked_in_reference_is_what_refgate_prints() {
    let path = format!("{}/policies/README.md", env!("CARGO_MANIFEST_DIR"));
    let printed = Desk::empty().run(&["rules", "--markdown"]).answer();
    if std::env::var_os("REFGATE_WRITE").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap();
    assert!(checked_in == printed, "policies/README.md is not up to date: REFGATE_WRITE=1 cargo test --test kit");
}

#[test]
fn the_reference_shows_a_refusal_of_every_rule() {
    let reference = Desk::empty().run(&["rules", "--markdown"]).answer();
    let list = Desk::empty().run(&["rules"]).answer();
    for code in codes(&list) {
        let section =
            reference.split(&format!("\n### `{code}`\n")).nth(1).unwrap_or_else(|| panic!("no section for {code}"));
        let section = section.split("\n### ").next().unwrap_or_default();
        assert!(section.contains(&format!("{code}: ")), "{code} shows no refusal:\n{section}");
        assert!(section.contains("\nNot for: "), "{code} does not say when not to use it:\n{section}");
    }
}

/// `policies/elsewhere.md`: every entry that it shows is one that refgate takes.
/// GitLab's push rules (docs.gitlab.com, "Project push rules API") and GitHub's rules (docs.github.com, "REST API endpoints for
/// rules"), by their names there.
const ELSEWHERE: [&str; 38] = [
    "author_email_regex",
    "branch_name_regex",
    "commit_committer_check",
    "commit_committer_name_check",
    "commit_message_negative_regex",
    "commit_message_regex",
    "deny_delete_tag",
    "file_name_regex",
    "max_file_size",
    "member_check",
    "prevent_secrets",
    "reject_non_dco_commits",
    "reject_unsigned_commits",
    "branch_name_pattern",
    "code_coverage",
    "code_quality",
    "code_scanning",
    "commit_author_email_pattern",
    "commit_message_pattern",
    "committer_email_pattern",
    "copilot_code_review",
    "creation",
    "deletion",
    "file_extension_restriction",
    "file_path_restriction",
    "license_compliance_scanning",
    "max_file_path_length",
    "merge_queue",
    "non_fast_forward",
    "pull_request",
    "required_deployments",
    "required_linear_history",
    "required_signatures",
    "required_status_checks",
    "tag_name_pattern",
    "update",
    "workflows",
    "bypass_actors",
];

#[test]
fn the_page_of_other_places_names_every_setting_of_theirs() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/elsewhere.md")).unwrap();
    let missing: Vec<&&str> = ELSEWHERE.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_binding_on_the_page_of_other_places_is_good() {
    let page = std::fs::read_to_string(format!("{}/policies/elsewhere.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 20, "{}", blocks.len());
    let desk = Desk::empty();
    let groups = "groups = [\"maintainers\", \"developers\", \"ci\"]";
    desk.write("people.toml", &format!("[robot]\nname = \"Robot\"\nemails = [\"robot@example.org\"]\n{groups}\n"));
    for block in blocks {
        let rule = if block.contains("[[rule]]") { "" } else { "[[rule]]\nuse = \"update.no_delete\"\n" };
        desk.write("refgate.toml", &format!("version = 1\n\n[identity]\npeople = \"people.toml\"\n\n{block}\n{rule}"));
        let words = desk.run(&["check", "--config", "refgate.toml"]).ends(0);
        assert!(!words.contains("error"), "{block}\n{words}");
    }
}

#[test]
fn shipped_rules_can_be_looked_up_while_ones_own_are_broken() {
    let desk = Desk::started();
    desk.write("policies/commit/ticket/ticket.rego", "package refgate.commit.ticket\n\ndeny contains\n");
    let words = desk.run(&["rules", "show", "commit.signed"]).ends(0);
    assert!(
        words.contains("commit.signed: Commits are signed") && words.contains("these are the shipped rules only"),
        "{words}"
    );
}
