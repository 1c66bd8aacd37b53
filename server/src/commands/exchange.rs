//! `posthouse export accounts` and `posthouse import accounts`: accounts as a file, for scripts.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use backend::{Backend, ByteOrderMark, Export, FileOptions, IMPORT_OCTETS, Import, command_line};
use clap::{Args, Subcommand};
use model::{AccountFilter, ChangeId, DefaultMoved, Difference, ExportFormat, Filter, Imported, ImportedRow, Outcome};

use crate::cli::Settings;

#[derive(Subcommand)]
pub enum ExportCommand {
    /// Writes accounts to a file, with everything that an account holds
    Accounts(ExportArgs),
}

#[derive(Args)]
pub struct ExportArgs {
    /// csv, xlsx or json [default: as the file's name ends, else csv]
    #[arg(long, value_parser = format)]
    format: Option<ExportFormat>,
    /// The query of the report's address, such as "enabled=Yes&sort=name"; its columns are the file's where it has some
    #[arg(long, value_name = "QUERY", default_value = "")]
    filter: String,
    /// The file to write or to replace [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Writes CSV without the byte-order mark by which spreadsheets know UTF-8
    #[arg(long)]
    no_bom: bool,
}

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Registers and changes accounts as a file says: all of it or nothing
    Accounts(ImportArgs),
    /// Takes an import back, but for accounts that were changed since
    Undo {
        /// The number that the import named at its end
        number: i64,
    },
}

#[derive(Args)]
pub struct ImportArgs {
    /// A file that was exported, and perhaps edited
    file: PathBuf,
    /// csv, xlsx or json [default: as the file's name ends]
    #[arg(long, value_parser = format)]
    format: Option<ExportFormat>,
    /// Says what would be done, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

fn format(key: &str) -> Result<ExportFormat, String> {
    let [others @ .., last] = ExportFormat::ALL.map(ExportFormat::key);
    ExportFormat::from_key(key).ok_or_else(|| format!("the formats are {} and {last}", others.join(", ")))
}

fn format_of(path: &Path) -> Option<ExportFormat> {
    ExportFormat::from_key(&path.extension()?.to_str()?.to_ascii_lowercase())
}

pub async fn export(settings: Settings, command: ExportCommand) -> anyhow::Result<ExitCode> {
    let ExportCommand::Accounts(ExportArgs { format, filter, output, no_bom }) = command;
    let format = format.or_else(|| output.as_deref().and_then(format_of)).unwrap_or(ExportFormat::Csv);
    if output.is_none() && format == ExportFormat::Xlsx && io::stdout().is_terminal() {
        bail!("a terminal cannot show a workbook; say --output FILE, or send standard output to a file");
    }
    let mark = if no_bom { ByteOrderMark::Omitted } else { ByteOrderMark::Written };
    let options = FileOptions { format, mark };
    let filter = AccountFilter::from_query(&filter);
    let backend = Backend::open(settings.without_vault()?).await?;
    let written = async {
        let actor = command_line()?;
        let export = match filter.columns {
            Some(_) => backend.export_accounts(&actor, &filter, options).await?,
            None => backend.export_whole_accounts(&actor, &filter, options).await?,
        };
        match &output {
            Some(path) => to_file(export, path).await,
            None => write(export, &mut io::stdout().lock()).await.context("standard output takes no more"),
        }
    };
    let written = written.await;
    backend.close().await;
    written.map(|()| ExitCode::SUCCESS)
}

/// The file is there as a whole, or as it was before.
async fn to_file(export: Export, path: &Path) -> anyhow::Result<()> {
    let name = path.file_name().with_context(|| format!("{} names no file", path.display()))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    let file = File::create_new(&beside).with_context(|| format!("{} cannot be made", beside.display()))?;
    let written = async {
        let mut file = io::BufWriter::new(file);
        write(export, &mut file).await?;
        file.into_inner()?.sync_all()?;
        std::fs::rename(&beside, path).context("it cannot take its name")
    };
    let written = written.await;
    if written.is_err() {
        // What is left of it must not be taken for the whole.
        std::fs::remove_file(&beside).ok();
    }
    written.with_context(|| format!("{} was not written", path.display()))
}

async fn write(mut export: Export, to: &mut impl Write) -> anyhow::Result<()> {
    while let Some(piece) = export.next().await {
        to.write_all(&piece?)?;
    }
    Ok(to.flush()?)
}

pub async fn import(settings: Settings, command: ImportCommand) -> anyhow::Result<ExitCode> {
    let ImportArgs { file, format, dry_run } = match command {
        ImportCommand::Accounts(arguments) => arguments,
        ImportCommand::Undo { number } => return undo(settings, ChangeId(number)).await,
    };
    let Some(format) = format.or_else(|| format_of(&file)) else {
        bail!("{} does not end in .csv, .xlsx or .json; say --format", file.display());
    };
    let read = read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let backend = Backend::open(settings.without_vault()?).await?;
    let how = if dry_run { Import::Preview } else { Import::Make };
    let imported = async { backend.import_accounts(&command_line()?, read, format, how).await };
    let imported = imported.await;
    backend.close().await;
    let imported = imported.map_err(|problem| anyhow!("{}: {problem}", file.display()))?;
    print(&mut io::stdout().lock(), &imported, how).context("standard output takes no more")?;
    Ok(if imported.is_refused() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

async fn undo(settings: Settings, import: ChangeId) -> anyhow::Result<ExitCode> {
    let backend = Backend::open(settings.without_vault()?).await?;
    let undone = async { backend.undo_change(&command_line()?, import).await };
    let undone = undone.await;
    backend.close().await;
    println!("{}", undone?);
    Ok(ExitCode::SUCCESS)
}

/// No more than an import takes, and one octet to tell.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(file)?.take(IMPORT_OCTETS as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

fn print(to: &mut impl Write, imported: &Imported, how: Import) -> io::Result<()> {
    for ImportedRow { place, name, outcome } in &imported.rows {
        let begin = format!("{place}: “{name}”");
        match outcome {
            Outcome::Created => writeln!(to, "{begin}: created")?,
            Outcome::Unchanged => writeln!(to, "{begin}: unchanged")?,
            Outcome::Changed(differences) => {
                let fields = differences.iter().map(|Difference { label, mine, theirs, .. }| {
                    format!("{label} “{}” → “{}”", one_line(theirs), one_line(mine))
                });
                writeln!(to, "{begin}: changed: {}", fields.collect::<Vec<_>>().join("; "))?;
            }
            Outcome::Refused(errors) => {
                for error in errors {
                    writeln!(to, "{begin}: refused: {}: {}", error.column, one_line(&error.message))?;
                }
            }
        }
    }
    if !imported.ignored.is_empty() {
        writeln!(to, "Not read, since it cannot be set: {}.", imported.ignored.join(", "))?;
    }
    for note in &imported.notes {
        writeln!(to, "{note}")?;
    }
    let counts = imported.counts();
    let (created, changed, unchanged) = (counts.created, counts.changed, counts.unchanged);
    if counts.refused > 0 {
        return writeln!(to, "Nothing was changed: {} of {} rows are refused.", counts.refused, imported.rows.len());
    }
    if let Some(DefaultMoved { to: new, from }) = &imported.default_moved {
        let from = from.as_ref().map(|from| format!(", in place of “{from}”")).unwrap_or_default();
        writeln!(to, "The default: “{new}”{from}.")?;
    }
    match how {
        Import::Make => {
            writeln!(to, "{created} created, {changed} changed, {unchanged} unchanged.")?;
            match imported.undo {
                Some(number) => writeln!(to, "To undo it: posthouse import undo {number}"),
                None => Ok(()),
            }
        }
        Import::Preview => {
            writeln!(
                to,
                "Nothing was changed. It would be: {created} created, {changed} changed, {unchanged} unchanged."
            )
        }
    }
}

/// A CA's certificate has many lines.
fn one_line(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    if text.lines().nth(1).is_some() { format!("{first} …") } else { first.to_owned() }
}
