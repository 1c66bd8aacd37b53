//! The project's figures, each with the least that the same run could have done, in one table.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::build;
use crate::install;
use crate::process::{self, Group, cargo};
use crate::profile::Profile;
use crate::services::Services;

// The vault's secrets are what the part of the credentials lists.
const PARTS: [&str; 11] =
    ["store", "export", "vault", "credentials", "wire", "http", "browser", "smtp", "connector", "signin", "schedules"];
const COLUMNS: [(&str, &str); 6] = [
    ("what", "what"),
    ("measured", "Posthouse"),
    ("baseline", "baseline"),
    ("ratio", "ratio"),
    ("limit", "limit"),
    ("verdict", ""),
];

/// All parts, or those that are named. Other arguments go to the program that measures. Fails if a limit is broken.
pub fn command(args: &[String]) -> Result<ExitCode> {
    let (mut parts, flags): (Vec<_>, Vec<_>) = args.iter().map(String::as_str).partition(|arg| !arg.starts_with("--"));
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(part)) {
        bail!("`bench` measures {}, not `{unknown}`", PARTS.join(", "));
    }
    if parts.is_empty() {
        parts = PARTS.to_vec();
    }
    install::services()?;
    let binary = build::build(Profile::Release)?;
    process::run(cargo().args(["build", "--package", "bench", "--release"]))?;
    let mut bench = Command::new(process::target().join("release/bench"));
    bench.args(&parts).args(flags).env("POSTHOUSE_BIN", binary).stdout(Stdio::piped());
    if parts.iter().any(|part| matches!(*part, "wire" | "browser")) {
        bench.env("POSTHOUSE_TEST_CHROMIUM", install::browser()?);
    }
    let services = Services::start()?;
    services.tell(&mut bench);

    let mut group = Group::spawn(&mut bench)?;
    let output = group.stdout().context("the program that measures has no output")?;
    // Read beside, so that an interruption is not kept waiting for a line.
    let reading = std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).map(|line| row(&line)).collect::<Result<Vec<_>>>()
    });
    let status = group.wait()?;
    let rows = reading.join().map_err(|_| anyhow!("the figures could not be read"))??;
    print(&rows);
    if !status.success() {
        bail!("not everything could be measured: {status}");
    }
    let over = rows.iter().filter(|row| row.iter().any(|cell| cell.starts_with("OVER"))).count();
    println!("{} figures, {over} over their limit", rows.len());
    Ok(if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Row = [String; COLUMNS.len()];

/// A figure as it was printed. It is shown at once as well, since the table is far away.
fn row(line: &str) -> Result<Row> {
    let figure: Value = serde_json::from_str(line).with_context(|| format!("this is no figure: {line}"))?;
    let row = COLUMNS.map(|(key, _)| figure[key].as_str().unwrap_or_default().to_owned());
    println!("{}", row.join(" | "));
    Ok(row)
}

fn print(rows: &[Row]) {
    let heads = COLUMNS.map(|(_, head)| head.to_owned());
    let width = |column: usize| {
        let cells = std::iter::once(&heads).chain(rows).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..COLUMNS.len()).map(width).collect();
    println!();
    for row in std::iter::once(&heads).chain(rows) {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            // Numbers end under one another.
            1..=3 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_figure_is_read_as_it_was_printed() {
        let line = r#"{"what":"a","measured":"1 ms","baseline":"2 ms","ratio":"0.5","limit":"1.3","verdict":"ok"}"#;
        assert_eq!(row(line).expect("it is one"), ["a", "1 ms", "2 ms", "0.5", "1.3", "ok"]);
        assert!(row("not JSON").is_err());
    }
}
