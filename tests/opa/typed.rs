use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use refgate::policy::Sources;
use refgate::policy::testing::everything;
use refgate::problem::render_all;
use refgate::setup::shipped_rules;

use crate::program::{Opa, POLICIES};

const SUBJECTS: [&str; 4] = ["push", "update", "commit", "tag"];

/// A folder with what `refgate schema` prints.
fn schemas(opa: &Opa) -> PathBuf {
    let folder = opa.home().join("schemas");
    fs::create_dir(&folder).expect("there is room for a folder");
    for subject in SUBJECTS {
        let printed = Command::new(env!("CARGO_BIN_EXE_refgate")).args(["schema", subject]).output().expect("refgate");
        fs::write(folder.join(format!("{subject}.json")), printed.stdout).expect("the stage can write files");
    }
    folder
}

fn check(opa: &Opa, schemas: &Path, policies: &Path) -> (bool, String) {
    let (schemas, policies) = (schemas.display().to_string(), policies.display().to_string());
    let finished = opa.run(&["check", "--strict", "--max-errors", "1000", "--schema", &schemas, &policies]);
    (finished.status.success(), String::from_utf8_lossy(&finished.stderr).into_owned())
}

/// Every shipped rule, by its file.
fn rules() -> Vec<(PathBuf, String)> {
    let mut rules = Vec::new();
    for subject in SUBJECTS {
        for entry in fs::read_dir(Path::new(POLICIES).join(subject)).expect("rules are here") {
            let folder = entry.expect("rules are here").path();
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(folder.join(format!("{name}.rego"))).expect("a rule is in its folder");
            rules.push((PathBuf::from(format!("{subject}/{name}/{name}.rego")), text));
        }
    }
    rules
}

#[test]
fn shipped_rules_and_the_first_own_one_agree_with_the_schemas() {
    let Some(opa) = Opa::find() else { return };
    let schemas = schemas(&opa);
    let (good, words) = check(&opa, &schemas, Path::new(POLICIES));
    assert!(good, "{words}");
    let desk = opa.home().join("desk");
    let started = Command::new(env!("CARGO_BIN_EXE_refgate")).arg("init").arg(&desk).output().expect("refgate");
    assert!(started.status.success());
    let (good, words) = check(&opa, &schemas, &desk.join("policies"));
    assert!(good, "{words}");
}

#[test]
fn every_shipped_rule_says_which_schema_is_its_own() {
    for (path, text) in rules() {
        let subject = path.iter().next().expect("a subject").to_string_lossy().into_owned();
        let annotation = format!("# schemas:\n# - input: schema.{subject}\n");
        assert!(text.contains(&annotation), "{} lacks\n{annotation}", path.display());
    }
}

/// A field that does not exist, in every rule: OPA names each file, and so does refgate.
#[test]
fn a_misspelled_field_of_any_shipped_rule_is_an_error_in_both() {
    let Some(opa) = Opa::find() else { return };
    let schemas = schemas(&opa);
    let misspelled = |path: &Path, text: &str| {
        let subject = path.iter().next().expect("a subject").to_string_lossy().into_owned();
        format!("{text}\n_misspelled if input.{subject}.nowhere == 1\n")
    };
    let desk = opa.home().join("misspelled");
    let mut shipped = shipped_rules();
    for file in &mut shipped {
        let path = file.path.strip_prefix("policies").unwrap_or(&file.path).to_path_buf();
        if rules().iter().any(|(rule, _)| *rule == path) {
            file.text = misspelled(&path, &file.text).into();
        }
        let target = desk.join(&path);
        fs::create_dir_all(target.parent().expect("it is below the desk")).expect("there is room for a folder");
        fs::write(target, file.text.as_bytes()).expect("the stage can write files");
    }
    let (good, theirs) = check(&opa, &schemas, &desk);
    let ours = everything(&Sources { shipped, ..Sources::default() }).err().map(|problems| render_all(&problems));
    let ours = ours.expect("fields are misspelled");
    assert!(!good);
    for (path, _) in rules() {
        let path = path.display().to_string();
        let told = |words: &str| words.lines().any(|line| line.contains(&path));
        assert!(told(&theirs), "OPA does not name {path}:\n{theirs}");
        assert!(told(&ours), "refgate does not name {path}:\n{ours}");
    }
    assert!(theirs.contains("nowhere") && ours.contains("has no field 'nowhere'"), "{theirs}{ours}");
}
