//! `posthouse explain`: names the cause of what somebody pasted: a reply, a conversation, a log, a bounce.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use backend::{PASTED_OCTETS, explain};
use clap::Args;
use model::{Diagnosis, Explained, Possibility, Stage};
use serde_json::{Value, json};

use super::test_send::possibility_as_json;

#[derive(Args)]
pub struct ExplainArgs {
    /// The file with the reply, or the conversation [default: standard input]
    file: Option<PathBuf>,
    /// The mail server's name, where the text does not say it
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Where it was said, such as auth or rcpt, where the text does not say it
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
    /// Writes what was found as JSON
    #[arg(long)]
    json: bool,
}

fn stage(text: &str) -> Result<Stage, String> {
    let known = || Stage::ALL.map(Stage::key).join(", ");
    Stage::from_key(text).ok_or_else(|| format!("it is one of {}", known()))
}

/// Exit code 0: a cause was named. 1: the text refuses something for a cause that is not known for certain. 2: it
/// refuses nothing.
pub fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let text = match &args.file {
        None => read(io::stdin().lock()).context("standard input cannot be read")?,
        Some(path) => {
            File::open(path).and_then(read).with_context(|| format!("the file {} cannot be read", path.display()))?
        }
    };
    let Some(found) = explain(&text, args.host.as_deref(), args.stage) else {
        bail!(
            "nothing in this text says that something failed; paste the server's own words, such as 550 5.1.1 User unknown, or a program's"
        );
    };
    if args.json {
        println!("{:#}", as_json(&found))
    } else {
        print!("{}", as_text(&found))
    }
    Ok(ExitCode::from(if found.diagnosis.key == "unknown" { 1 } else { 0 }))
}

/// As much as is looked at. What is no UTF-8 is written as a transcript has it, `\xd3`, so that words in another
/// character set are still read.
fn read(from: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(PASTED_OCTETS as u64).read_to_end(&mut bytes)?;
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        for octet in chunk.invalid() {
            text += &format!("\\x{octet:02x}");
        }
    }
    Ok(text)
}

fn as_text(found: &Explained) -> String {
    let Explained { stage, assumed, said, reply: _, diagnosis } = found;
    let Diagnosis { cause, temporary, fixes, possibilities, provider, .. } = diagnosis;
    let likely = if *assumed { " (likely: the text does not say where)" } else { "" };
    let lasting = if *temporary { "Perhaps not: it may pass" } else { "Yes, until something is changed" };
    let mut text = format!("At {}{likely}: {cause}\nSaid:    {said}\nLasting: {lasting}\n", stage.label());
    text += &Possibility::list(possibilities).replacen('\n', "", 1);
    if !possibilities.is_empty() {
        text.push('\n');
    }
    for (number, fix) in (1..).zip(fixes) {
        text += &format!("{number}. {}\n", fix.text);
    }
    if let Some(provider) = provider {
        text += &format!("What is known of {}:\n", provider.name);
        for (what, source) in &provider.facts {
            text += &format!("- {what} ({source})\n");
        }
    }
    text
}

fn as_json(found: &Explained) -> Value {
    let Explained { stage, assumed, said, reply, diagnosis } = found;
    let Diagnosis { key, cause, temporary, fixes, possibilities, provider, .. } = diagnosis;
    let fixes: Vec<&str> = fixes.iter().map(|fix| fix.text.as_str()).collect();
    json!({
        "stage": stage, "stage_assumed": assumed, "said": said, "reply": reply.as_ref().map(ToString::to_string),
        "key": key, "cause": cause,
        "temporary": temporary, "fixes": fixes,
        "possibilities": possibilities.iter().map(possibility_as_json).collect::<Vec<_>>(),
        "provider": provider.as_ref().map(|facts| &facts.name),
    })
}
