use crate::desk::Desk;

#[test]
fn the_schema_of_every_subject_is_printed() {
    for subject in ["push", "update", "commit", "tag"] {
        let schema: serde_json::Value =
            serde_json::from_str(&Desk::empty().run(&["schema", subject]).answer()).unwrap();
        assert!(schema["properties"][subject].is_object(), "{schema:#}");
    }
    let _ = Desk::empty().run(&["schema", "branch"]).ends(2);
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Desk::empty().run(&["completions", shell]).answer();
        for command in ["check", "judge", "rules", "schema"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn manual_pages_are_made_for_every_command() {
    let desk = Desk::empty();
    let page = desk.run(&["man"]).answer();
    assert!(page.contains(".TH refgate 1"), "{page}");
    let _ = desk.run(&["man", "--into", "man/man1"]).ends(0);
    for page in ["refgate.1", "refgate-check.1", "refgate-rules.1", "refgate-rules-eject.1"] {
        assert!(desk.path("man/man1").join(page).is_file(), "{page}");
    }
}
