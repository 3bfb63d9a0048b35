//! Everything the operator wrote, read once and brought together: config, people, keys, rules.
//!
//! The only place that opens the operator's files ([`files`]). Any that is missing, unreadable or writable by others is a problem
//! that names it; nothing is judged with half of them.

mod files;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::config::Config;
use crate::people::People;
use crate::policy::{Bindings, Catalogue, Policy, RuleFile, Sources, testing};
use crate::problem::{Problem, Severity};
use crate::signature::{self, KeyFile, KeyMaterial, Keyring, Zone};
use files::Files;

/// The rules that come with refgate.
static SHIPPED: Dir = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Where a config is looked for when nothing nearer names one.
pub const SYSTEM_CONFIG: &str = "/etc/refgate/refgate.toml";

/// The machine's time zone (localtime(5)): what dates without a `Z` in `allowed_signers` mean to ssh-keygen.
const LOCAL_ZONE: &str = "/etc/localtime";

/// Name of the config file beside a repository.
pub const CONFIG_NAME: &str = "refgate.toml";

/// The operator's word, ready to judge with.
pub struct Setup {
    pub config: Config,
    pub people: People,
    pub keyring: Keyring,
    pub policy: Policy,
    /// SHA-256 of every file read, in hex, by path.
    pub files: BTreeMap<String, String>,
    /// Told by `refgate check`, and never fatal.
    pub warnings: Vec<Problem>,
}

impl Setup {
    /// Reads the config and everything it names, or returns every problem that was found.
    pub fn load(config: &Path) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::default();
        let text = reader.files.text(config).map_err(|problem| vec![problem])?;
        let (config, mut problems) = Config::parse_on(config, &text)?;
        let mut warnings = Vec::new();
        let Identity { mut people, all_known, material, listed } = reader.identity(&config, &mut problems);
        let keyring = match Keyring::load(&material) {
            Ok((keyring, more)) => {
                warnings.extend(more);
                for file in listed {
                    problems.extend(file.give(&keyring, &mut people));
                }
                for (principal, fingerprint) in keyring.introduced() {
                    problems.extend(people.introduce(&principal, &fingerprint).err());
                }
                Some(keyring)
            }
            Err(more) => {
                problems.extend(more);
                None
            }
        };
        let sources = reader.sources(&config, &mut problems);
        let catalogue = Catalogue {
            groups: &people.groups(),
            people: &people.ids(),
            sign_for_committers: &people.sign_for_committers(),
            all_known,
        };
        let bindings = Bindings { file: &config.file, text: &config.text, entries: &config.bindings };
        let policy = match Policy::load(&sources, bindings, &catalogue) {
            Ok((mut policy, more)) => {
                if config.log.input {
                    policy.show_every_change();
                }
                warnings.extend(more);
                Some(policy)
            }
            Err(more) => {
                problems.extend(more);
                None
            }
        };
        let (told, fatal): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|problem| problem.severity == Severity::Warning);
        warnings.extend(told);
        match (keyring, policy) {
            (Some(keyring), Some(policy)) if fatal.is_empty() => {
                Ok(Self { config, people, keyring, policy, files: reader.files.digests(), warnings })
            }
            _ => {
                let mut all: Vec<Problem> = fatal.into_iter().chain(warnings).collect();
                crate::problem::sort(&mut all);
                Err(all)
            }
        }
    }
}

/// What rule authors work on: rules with their tests, and the data. No people and no keys, so nothing can be judged.
#[derive(Default)]
pub struct Workshop {
    /// `None`: nobody bound anything yet.
    pub config: Option<Config>,
    pub sources: Sources,
}

impl Workshop {
    /// The rules and data that a config names. Who may write the files is not asked: nothing is decided by them here.
    pub fn of_config(config: &Path) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { files: Files::trusting() };
        let text = reader.files.text(config).map_err(|problem| vec![problem])?;
        let (config, _) = Config::parse(config, &text)?;
        let mut problems = Vec::new();
        let sources = reader.sources(&config, &mut problems);
        if problems.is_empty() {
            Ok(Self { config: Some(config), sources })
        } else {
            Err(with_mistakes(problems, &sources))
        }
    }

    /// Puts these files, or the rule files of these folders, in the place of the config's own rules.
    pub fn with_rules(mut self, paths: &[PathBuf]) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { files: Files::trusting() };
        let mut problems = Vec::new();
        self.sources.own = paths.iter().flat_map(|path| reader.rule_files(path, &mut problems)).collect();
        self.sources.own.sort_by(|one, other| one.path.cmp(&other.path));
        self.sources.own.dedup_by(|one, other| one.path == other.path);
        // A shipped rule under its own name is the same rule: that is how refgate's own folder is tested.
        let own = &self.sources.own;
        self.sources.shipped.retain(|shipped| !own.iter().any(|file| file.text == shipped.text));
        if problems.is_empty() { Ok(self) } else { Err(with_mistakes(problems, &self.sources)) }
    }

    /// The shipped rules alone.
    pub fn shipped() -> Self {
        Self { config: None, sources: Sources { shipped: shipped_rules(), ..Sources::default() } }
    }
}

/// Files that cannot be read, and what is wrong with those that can.
fn with_mistakes(mut problems: Vec<Problem>, sources: &Sources) -> Vec<Problem> {
    problems.extend(testing::everything(sources).err().unwrap_or_default());
    crate::problem::sort(&mut problems);
    problems
}

/// The shipped rule files, tests included.
pub fn shipped_rules() -> Vec<RuleFile> {
    let mut files = Vec::new();
    let mut folders = vec![&SHIPPED];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "rego")) {
            if let Some(text) = file.contents_utf8() {
                files.push(RuleFile { path: Path::new("policies").join(file.path()), text: text.into() });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Who is who, as far as it could be read.
struct Identity {
    people: People,
    /// `people.toml` could be read, if there should be one.
    all_known: bool,
    material: KeyMaterial,
    listed: Vec<ListedFile>,
}

/// A file of certificates, read among others, that is on a person's list.
struct ListedFile {
    /// Position in [`People::persons`].
    person: usize,
    path: PathBuf,
}

impl ListedFile {
    /// Makes its primary keys the person's.
    fn give(&self, keyring: &Keyring, people: &mut People) -> Vec<Problem> {
        let found = keyring.certificates_in(&self.path);
        if found.is_empty() {
            return vec![Problem::error(&self.path, "is a person's key, and holds no OpenPGP certificate")];
        }
        found.iter().filter_map(|fingerprint| people.add_fingerprint(self.person, fingerprint).err()).collect()
    }
}

/// Brings together what stands in the operator's files.
#[derive(Default)]
struct Reader {
    files: Files,
}

impl Reader {
    fn identity(&mut self, config: &Config, problems: &mut Vec<Problem>) -> Identity {
        let mut people = People::default();
        let mut all_known = true;
        if let Some(path) = &config.identity.people {
            match self.files.text(path) {
                Ok(text) => match People::parse(path, &text) {
                    Ok((parsed, more)) => {
                        people = parsed;
                        problems.extend(more);
                    }
                    Err(more) => {
                        all_known = false;
                        problems.extend(more);
                    }
                },
                Err(problem) => {
                    all_known = false;
                    problems.push(problem);
                }
            }
        }
        let mut material = KeyMaterial {
            allowed_signers: self.key_files(&config.identity.allowed_signers, problems),
            revoked_keys: self.key_files(&config.identity.revoked_keys, problems),
            openpgp: self.key_files(&config.identity.openpgp, problems),
            zone: match config.identity.allowed_signers.is_empty() {
                true => Zone::default(),
                false => self.zone(Path::new(LOCAL_ZONE), problems),
            },
            ..KeyMaterial::default()
        };
        let listed = self.people_keys(&mut people, &mut material, problems);
        material.fingerprints = people.persons.iter().flat_map(|person| person.fingerprints.iter().cloned()).collect();
        Identity { people, all_known, material, listed }
    }

    /// Key files that people.toml names: their primary keys are that person's, and OpenPGP certificates among them
    /// are certificates like those of `[identity] openpgp`. Files that stand there already are not read again: they are
    /// handed back.
    fn people_keys(
        &mut self,
        people: &mut People,
        material: &mut KeyMaterial,
        problems: &mut Vec<Problem>,
    ) -> Vec<ListedFile> {
        let held: HashSet<PathBuf> = material.openpgp.iter().map(|file| file.path.clone()).collect();
        let mut listed = Vec::new();
        for person in 0..people.persons.len() {
            for path in people.persons[person].key_files.clone() {
                if held.contains(&path) {
                    listed.push(ListedFile { person, path });
                    continue;
                }
                let read = self.files.bytes(&path).map(|bytes| KeyFile { path, bytes });
                match read.and_then(|file| signature::fingerprints(&file).map(|found| (file, found))) {
                    Ok((file, found)) => {
                        if found.iter().any(|fingerprint| fingerprint.starts_with("openpgp:")) {
                            material.openpgp.push(file);
                        } else {
                            material.public_keys.push(file);
                        }
                        for fingerprint in found {
                            problems.extend(people.add_fingerprint(person, &fingerprint).err());
                        }
                    }
                    Err(problem) => problems.push(problem),
                }
            }
        }
        listed
    }

    fn key_files(&mut self, paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<KeyFile> {
        let mut files = Vec::new();
        for path in paths {
            let listed = if path.is_dir() { files::below(path, |_| true) } else { Ok(vec![path.clone()]) };
            match listed {
                Ok(listed) if listed.is_empty() => problems.push(Problem::error(path, "the folder holds no key")),
                Ok(listed) => {
                    for path in listed {
                        match self.files.bytes(&path) {
                            Ok(bytes) => files.push(KeyFile { path, bytes }),
                            Err(problem) => problems.push(problem),
                        }
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        files
    }

    /// The time zone that the machine keeps, UTC where it keeps none. `TZ` counts for nothing: the environment of a
    /// hook is not the operator's word.
    fn zone(&mut self, path: &Path, problems: &mut Vec<Problem>) -> Zone {
        if matches!(path.try_exists(), Ok(false)) {
            return Zone::default();
        }
        match self.files.bytes(path).map(|bytes| Zone::from_tzif(&bytes)) {
            Ok(Some(zone)) => zone,
            Ok(None) => {
                problems.push(Problem::error(path, "is not a compiled time zone"));
                Zone::default()
            }
            Err(problem) => {
                problems.push(problem);
                Zone::default()
            }
        }
    }

    fn sources(&mut self, config: &Config, problems: &mut Vec<Problem>) -> Sources {
        let own = match &config.policies.path {
            Some(folder) => self.rule_files(folder, problems),
            None => Vec::new(),
        };
        Sources { shipped: shipped_rules(), proven: true, own, data: self.data(config, problems) }
    }

    /// A rule file, or those below a folder.
    fn rule_files(&mut self, path: &Path, problems: &mut Vec<Problem>) -> Vec<RuleFile> {
        let listed = match path.is_dir() {
            true => files::below(path, |path| path.extension().is_some_and(|ending| ending == "rego")),
            false => Ok(vec![path.to_path_buf()]),
        };
        let paths = listed.unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let mut files = Vec::new();
        for path in paths {
            match self.files.text(&path) {
                Ok(text) => files.push(RuleFile { path, text }),
                Err(problem) => problems.push(problem),
            }
        }
        files
    }

    /// `data/teams.yaml` appears as `data.teams`.
    fn data(&mut self, config: &Config, problems: &mut Vec<Problem>) -> serde_json::Value {
        let mut data = serde_json::Map::new();
        let mut named: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for (path, span) in config.policies.data.iter().zip(&config.policies.data_spans) {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let first = named.get(&name).cloned();
            if name == "refgate" || first.is_some() {
                let taken = Problem::error(&config.file, format!("'data.{name}' is taken already"));
                let taken = taken.at(&config.text, span.clone()).help("rename the file");
                problems.push(match first {
                    Some(first) => taken.also(&config.file, &config.text, first, "by this one"),
                    None => taken,
                });
                continue;
            }
            named.insert(name.clone(), span.clone());
            match self.files.text(path).and_then(|text| document(path, &text)) {
                Ok(value) => {
                    data.insert(name, value);
                }
                Err(problem) => problems.push(problem),
            }
        }
        serde_json::Value::Object(data)
    }
}

fn document(path: &Path, text: &Arc<str>) -> Result<serde_json::Value, Problem> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "json" => serde_json::from_str(text).map_err(|error| {
            let place = place(text, error.line(), error.column());
            let words = error.to_string();
            let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
            Problem::error(path, format!("not JSON: {words}")).at(text, place)
        }),
        "yaml" | "yml" => {
            let options = serde_saphyr::options! { with_snippet: false };
            serde_saphyr::from_str_with_options(text, options).map_err(|error| {
                let words = format!("not YAML: {}", error.without_snippet());
                let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                let place = error.location().map_or(0..0, |at| place(text, number(at.line()), number(at.column())));
                Problem::error(path, words).at(text, place)
            })
        }
        "toml" => toml::from_str(text).map_err(|error: toml::de::Error| {
            Problem::error(path, format!("not TOML: {}", error.message())).at(text, error.span().unwrap_or(0..0))
        }),
        _ => Err(Problem::error(path, "is neither .json, .yaml, .yml nor .toml")),
    }
}

/// From a line and a column, both 1-based, to the end of that line.
fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line.saturating_sub(1)).map(str::len).sum();
    let line = lines.next().unwrap_or_default().trim_end_matches('\n');
    let start = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    before + start..before + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compiled zone (RFC 8536), five hours behind UTC all year round.
    fn compiled_zone() -> Vec<u8> {
        let mut part = b"TZif2".to_vec();
        part.extend([0; 15]);
        for count in [0u32, 0, 0, 0, 1, 4] {
            part.extend(count.to_be_bytes());
        }
        part.extend((-5i32 * 3600).to_be_bytes());
        part.extend(b"\0\0EST\0");
        [part.clone(), part, b"\nEST5\n".to_vec()].concat()
    }

    #[test]
    fn the_machine_s_zone_is_that_of_dates_without_a_z() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("localtime");
        let zone = |problems: &mut Vec<Problem>| Reader::default().zone(&path, problems);
        let mut problems = Vec::new();
        assert_eq!(zone(&mut problems), Zone::default());
        std::fs::write(&path, compiled_zone()).unwrap();
        assert_eq!(Some(zone(&mut problems)), Zone::from_tzif(&compiled_zone()));
        assert!(problems.is_empty());
        std::fs::write(&path, "EST").unwrap();
        zone(&mut problems);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, "is not a compiled time zone");
    }
}
