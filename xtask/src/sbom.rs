//! What the binary is made of, as a CycloneDX document: every crate of the server and of the pages, and who needs whom.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::{Bom, SpecVersion, UrnUuid};
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::validation::Validate;
use serde_json::Value;

use crate::process::{self, cargo};

/// The packages that the binary is built from: the program, and the WebAssembly in its assets.
const ROOTS: [&str; 2] = ["server", "frontend"];

/// Writes the document beside the binary, and says where.
pub fn write(binary: &Path) -> Result<PathBuf> {
    let metadata = process::output(cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    let bom = bom(&serde_json::from_str(&metadata)?)?;
    let problems = bom.validate_version(SpecVersion::V1_5);
    if !problems.passed() {
        bail!("the list of components is not as CycloneDX wants it: {problems:?}");
    }
    let path = binary.with_extension("cdx.json");
    bom.output_as_json(&mut File::create(&path)?, SpecVersion::V1_5)?;
    Ok(path)
}

fn bom(metadata: &Value) -> Result<Bom> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let id_of = |name: &str| packages.iter().find(|(_, package)| package["name"] == name).map(|(id, _)| *id);
    let roots: Vec<_> = ROOTS.iter().filter_map(|name| id_of(name)).collect();
    let mut found = BTreeSet::new();
    let mut left = roots.clone();
    let mut dependencies = Vec::new();
    while let Some(id) = left.pop() {
        if !found.insert(id) {
            continue;
        }
        let needs = needs(nodes.get(id).with_context(|| format!("{id} is not resolved"))?);
        left.extend(&needs);
        dependencies.push(Dependency {
            dependency_ref: id.to_owned(),
            dependencies: needs.into_iter().map(str::to_owned).collect(),
        });
    }
    let root = packages.get(roots.first().context("there is no server")?).context("there is no server")?;
    let components = found.iter().filter_map(|id| packages.get(id)).map(|package| component(package));
    let mut about = Metadata::new()?;
    let version = root["version"].as_str().unwrap_or_default();
    about.component = Some(Component::new(Classification::Application, "posthouse", version, None));
    Ok(Bom {
        serial_number: Some(UrnUuid::generate()),
        metadata: Some(about),
        components: Some(Components(components.collect::<Result<_>>()?)),
        dependencies: Some(Dependencies(dependencies)),
        ..Bom::default()
    })
}

fn by_id(list: &Value) -> HashMap<&str, &Value> {
    list.as_array().into_iter().flatten().filter_map(|item| Some((item["id"].as_str()?, item))).collect()
}

/// What ends up in the binary: neither build scripts' needs nor the tests'.
fn needs(node: &Value) -> BTreeSet<&str> {
    let is_normal = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
    };
    let dependencies = node["deps"].as_array().into_iter().flatten().filter(is_normal);
    dependencies.filter_map(|dependency| dependency["pkg"].as_str()).collect()
}

fn component(package: &Value) -> Result<Component> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let (name, version) = (text("name"), text("version"));
    let mut component = Component::new(Classification::Library, name, version, Some(text("id").to_owned()));
    component.purl = Some(Purl::new("cargo", name, version)?);
    // Some crates still write "MIT/Apache-2.0".
    let license = text("license").replace('/', " OR ");
    component.licenses = (!license.is_empty()).then(|| Licenses(vec![LicenseChoice::expression(&license)]));
    Ok(component)
}
