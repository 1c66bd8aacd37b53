//! The pages as WebAssembly: compiled, cut at the lazily loaded routes, and given their JavaScript.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::process::{self, cargo};
use crate::profile::Profile;

pub const TARGET: &str = "wasm32-unknown-unknown";
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
    if !named {
        for module in &split.split_modules {
            fs::write(module, without_names(&fs::read(module)?).context("a split module is damaged")?)?;
        }
    }

    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(out.join("__wasm_split_manifest.json"), serde_json::to_vec(&manifest)?)?;
    Ok(())
}

/// A module without the custom sections `name` and `producers`, which wasm-bindgen takes out of the main module alone.
fn without_names(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    let mut kept = header.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (size, body) = leb128(after)?;
        let (body, next) = body.split_at_checked(size)?;
        let named = *id == 0 && {
            let (length, name) = leb128(body)?;
            matches!(name.get(..length)?, b"name" | b"producers")
        };
        if !named {
            kept.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Some(kept)
}

/// A number as WebAssembly writes it: seven bits a byte, the lowest first.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_names;

    #[test]
    fn names_are_taken_out_and_all_else_stays() {
        let header = b"\0asm\x01\0\0\0".as_slice();
        let types = [1, 4, 1, 0x60, 0, 0].as_slice();
        let name = b"\0\x07\x04name\x00\x00".as_slice();
        let other = b"\0\x85\x00\x03abc!".as_slice();
        let module = [header, types, name, other].concat();
        assert_eq!(without_names(&module), Some([header, types, other].concat()));
        assert_eq!(without_names(&module[..module.len() - 1]), None);
    }
}
