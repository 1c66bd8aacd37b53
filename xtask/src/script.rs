//! JavaScript made small: blanks, comments and inner names go, what a module exports stays.

use anyhow::{Result, bail};
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

/// The same module, smaller.
pub fn minify(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    if let Some(error) = parsed.diagnostics.first() {
        bail!("a script is wrong: {error}");
    }
    let mut program = parsed.program;
    let minified = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut program);
    let printed = Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(minified.scoping)
        .with_private_member_mappings(minified.class_private_mappings)
        .build(&program);
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn a_module_keeps_what_it_exports() {
        let source =
            "// Says it.\nlet unused = 1;\nfunction told(words) {\n  return `${words}!`;\n}\nexport { told as say };\n";
        let small = minify(source).expect("it is a module");
        assert!(small.contains("as say") && !small.contains("Says") && small.len() < source.len() / 2, "{small}");
        assert!(minify("let let = ;").is_err());
    }
}
