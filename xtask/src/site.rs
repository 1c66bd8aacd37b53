//! Everything that browsers load, in one folder, compressed ahead, with one hash over it.
//!
//! The folder is embedded into the server and served under `/assets/HASH/`:
//! `pkg/` holds the WebAssembly and its JavaScript, `style.css` the styles, and the rest is `style/static/`.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};

use crate::profile::Profile;
use crate::{process, script, wasm};

pub struct Site {
    pub folder: PathBuf,
    pub hash: String,
}

/// Brings the folder up to date. What it was made from is noted beside it, so that nothing is done twice.
pub fn build(profile: Profile) -> Result<Site> {
    let module = wasm::compile(profile)?;
    let style = process::root().join("style");
    let folder = process::target().join("site").join(profile.name());
    let stamp = folder.with_extension("stamp");

    // xtask itself counts as a source: another compressor or splitter gives other files.
    let made_from = hash_files([module.clone(), std::env::current_exe()?].into_iter().chain(files(&style)?))?;
    if let Ok(noted) = fs::read_to_string(&stamp)
        && let Some((from, hash)) = noted.split_once(' ')
        && from == made_from
        && folder.is_dir()
    {
        return Ok(Site { folder, hash: hash.to_owned() });
    }

    for old in [&folder, &stamp] {
        remove(old)?;
    }
    let package = folder.join("pkg");
    fs::create_dir_all(&package)?;
    wasm::write(&module, &package, profile)?;
    fs::write(folder.join("style.css"), bundle_styles(&style.join("main.css"), profile)?)?;
    copy_static(&style.join("static"), &folder)?;
    let made = files(&folder)?;
    if matches!(profile, Profile::Release) {
        for script in made.iter().filter(|file| file.extension().is_some_and(|ending| ending == "js")) {
            fs::write(script, script::minify(&fs::read_to_string(script)?)?)?;
        }
    }
    let hash = hash_files(made.iter().cloned())?;
    if matches!(profile, Profile::Release) {
        compress_all(made)?;
    }
    fs::write(&stamp, format!("{made_from} {hash}"))?;
    Ok(Site { folder, hash })
}

/// One style sheet from `main.css` and what it imports. No browser is named as a target, so that nothing is rewritten
/// for old ones.
fn bundle_styles(entry: &Path, profile: Profile) -> Result<String> {
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let failed = |error: String| anyhow!("the styles are wrong: {error}");
    let mut sheet = bundler.bundle(entry).map_err(|error| failed(error.to_string()))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| failed(error.to_string()))?;
    let minify = matches!(profile, Profile::Release);
    let printed = sheet.to_css(PrinterOptions { minify, ..Default::default() });
    Ok(printed.map_err(|error| failed(error.to_string()))?.code)
}

fn copy_static(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target)?;
    }
    Ok(())
}

/// Writes `FILE.br` and `FILE.gz` beside each file, where that saves something.
fn compress_all(made: Vec<PathBuf>) -> Result<()> {
    // The largest file takes as long as all others together: hence a thread for each.
    std::thread::scope(|scope| {
        let threads: Vec<_> = made.iter().map(|file| scope.spawn(|| compress(file))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("compression failed"))?)
    })
}

fn compress(file: &Path) -> Result<()> {
    let bytes = fs::read(file)?;
    let mut br = Vec::new();
    let options = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut br, &options)?;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(&bytes)?;
    for (extension, packed) in [("br", br), ("gz", gz.finish()?)] {
        if packed.len() < bytes.len() {
            let mut name = file.as_os_str().to_owned();
            name.push(".");
            name.push(extension);
            fs::write(name, packed)?;
        }
    }
    Ok(())
}

/// All files below a folder, in a fixed order; none if there is no such folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("{} can't be listed", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// A hash over names and contents. It guards against stale caches, not against people.
fn hash_files(files: impl IntoIterator<Item = PathBuf>) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let name = file.file_name().unwrap_or_default();
        hasher.write(name.as_encoded_bytes());
        hasher.write(&fs::read(&file)?);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn remove(path: &Path) -> Result<()> {
    let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be removed", path.display()))
        }
        _ => Ok(()),
    }
}
