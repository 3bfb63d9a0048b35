//! What the first rules read under their usual bindings, as snapshots: a rule that reads more is asked more often, and
//! costs facts that are dear to work out.

use std::collections::BTreeSet;
use std::path::Path;

use refgate::config::Config;
use refgate::policy::{Bindings, Catalogue, Policy, Sources};
use refgate::setup::shipped_rules;

const CONFIG: &str = r#"
version = 1
[[rule]]
use = ["update.fast_forward", "update.no_delete", "update.namespaces", "commit.signed", "commit.identity", "commit.well_formed"]
[[rule]]
use = ["tag.signed", "tag.names_ref"]
[[rule]]
use    = "commit.protected_paths"
paths  = ["infra/**"]
params = { groups = ["security"] }
[[rule]]
use    = "commit.signed"
params = { server_merges = true }
"#;

#[test]
fn rules_read_what_they_need_and_no_more() {
    let (config, _) = Config::parse(Path::new("refgate.toml"), CONFIG).unwrap();
    let sources = Sources { shipped: shipped_rules(), ..Sources::default() };
    let bindings = Bindings { file: &config.file, text: &config.text, entries: &config.bindings };
    let groups = BTreeSet::from(["security".to_string()]);
    let nobody = BTreeSet::new();
    let catalogue = Catalogue { groups: &groups, people: &nobody, sign_for_committers: &nobody, all_known: true };
    let (policy, _) = Policy::load(&sources, bindings, &catalogue).unwrap();
    let listed: Vec<String> = policy
        .bound()
        .iter()
        .flatten()
        .map(|rule| format!("{}\n  {}", rule.code, rule.reads.paths().join("\n  ")))
        .collect();
    insta::assert_snapshot!("read_sets", listed.join("\n"));
}
