//! `refgate rules`: which rules there are, what one does, and taking a shipped one over.

mod eject;
mod page;
mod reference;

use crate::cli::{RuleSet, Rules, RulesAction};
use crate::policy::testing::{self, Selection};
use crate::policy::{Finding, Origin, Policy, Rule};
use crate::problem::{Problem, nearest, render_all};
use crate::setup::Workshop;

use super::{edge, test};

pub fn run(options: &Rules) -> u8 {
    let said = match (&options.action, options.markdown) {
        (Some(RulesAction::Show { code, rule_set }), _) => show(code, rule_set),
        (Some(RulesAction::Eject(eject)), _) => eject::eject(eject),
        (None, true) => reference::reference(),
        (None, false) => list(&options.rule_set),
    };
    match said {
        Ok(words) => {
            edge::answer(&words);
            0
        }
        Err(problems) => {
            edge::tell(&format!("{}\n", render_all(&problems)));
            2
        }
    }
}

/// Your rules beside the shipped ones, where there is a config. Whoever looks up a rule may be mending what is wrong
/// with the others: then the shipped ones have to do.
fn looked_up(rule_set: &RuleSet) -> Result<(Workshop, Policy), Vec<Problem>> {
    if let Some(config) = test::author_config(rule_set) {
        let workshop = Workshop::of_config(&config);
        match workshop.and_then(|workshop| Ok((testing::everything(&workshop.sources)?, workshop))) {
            Ok((policy, workshop)) => return Ok((workshop, policy)),
            Err(problems) => {
                edge::tell(&format!("{}\n\nrefgate: these are the shipped rules only\n\n", render_all(&problems)));
            }
        }
    }
    let workshop = Workshop::shipped();
    let policy = testing::everything(&workshop.sources)?;
    Ok((workshop, policy))
}

fn list(rule_set: &RuleSet) -> Result<String, Vec<Problem>> {
    let (workshop, policy) = looked_up(rule_set)?;
    Ok(page::list(policy.rules(), workshop.config.as_ref()))
}

fn show(code: &str, rule_set: &RuleSet) -> Result<String, Vec<Problem>> {
    let (workshop, policy) = looked_up(rule_set)?;
    let rule = find(&policy, code)?;
    let refusal = refusals(&workshop, rule.origin, Some(rule))?.remove(code).unwrap_or_default();
    Ok(page::page(rule, &refusal, workshop.config.as_ref()))
}

fn find<'p>(policy: &'p Policy, code: &str) -> Result<&'p Rule, Vec<Problem>> {
    let found = policy.rules().iter().find(|rule| rule.code == code);
    found.ok_or_else(|| {
        let codes = policy.rules().iter().map(|rule| rule.code.as_str());
        let help = match nearest(code, codes) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "`refgate rules` lists what there is".to_string(),
        };
        vec![Problem::error("rules", format!("there is no rule '{code}'")).help(help)]
    })
}

/// What rules say in their own tests when they refuse, by code: so no example can differ from what people read.
fn refusals(
    workshop: &Workshop,
    origin: Origin,
    only: Option<&Rule>,
) -> Result<std::collections::BTreeMap<String, Vec<Finding>>, Vec<Problem>> {
    let only = only.map(|rule| format!("refgate.{}_test.", rule.code));
    let tested = testing::run(&workshop.sources, &Selection { origin, only, coverage: false })?;
    Ok(tested.trials.into_iter().map(|trial| (trial.code, trial.refusal)).collect())
}
