//! The pages as WebAssembly: compiled, cut at the lazily loaded routes, and given their JavaScript.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::build::Profile;
use crate::process::{self, cargo};

const TARGET: &str = "wasm32-unknown-unknown";
/// The name that `server` gives to leptos as its output name.
const NAME: &str = "posthouse";

/// Compiles `frontend`, and says where its module is.
pub fn compile(profile: Profile) -> Result<PathBuf> {
    add_target()?;
    let name = match profile {
        Profile::Release => "wasm",
        Profile::Dev => "dev",
    };
    process::run(cargo().args(["build", "--package", "frontend", "--target", TARGET, "--profile", name]))?;
    let folder = if name == "dev" { "debug" } else { name };
    Ok(process::target().join(TARGET).join(folder).join("frontend.wasm"))
}

/// A target that is only named in `rust-toolchain.toml` is silently left out by some installations.
pub fn add_target() -> Result<()> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(process::root()))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(process::root()))
        .with_context(|| format!("the pages need the target {TARGET}: `rustup target add {TARGET}`"))
}

/// Writes to `out` what a browser loads: the JavaScript, the main module, one module for each lazy route and for what
/// several of them share, and a manifest that says which files a route needs.
pub fn write(module: &Path, out: &Path, profile: Profile) -> Result<()> {
    let input = fs::read(module).with_context(|| format!("{} can't be read", module.display()))?;
    let main = out.join("main.wasm");
    let main_module = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = out;
    options.main_out_path = &main;
    options.main_module = &main_module;
    let split = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("splitting failed: {error:?}"))?;

    let named = matches!(profile, Profile::Dev);
    Bindgen::new()
        .input_path(&main)
        .out_name(NAME)
        .web(true)?
        .keep_lld_exports(true)
        .demangle(false)
        .typescript(false)
        .remove_name_section(!named)
        .remove_producers_section(!named)
        .generate_output()?
        .emit(out)?;
    fs::remove_file(&main)?;

    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(out.join("__wasm_split_manifest.json"), serde_json::to_vec(&manifest)?)?;
    Ok(())
}
