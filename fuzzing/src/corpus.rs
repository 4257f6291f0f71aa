//! What searches once found: for each target a text file with one input on each line, in hexadecimal. As folders of small files they would be thousands.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

fn file(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target).with_extension("txt")
}

/// The inputs of a target.
///
/// # Errors
/// The file cannot be read, or a line is no hexadecimal number of whole bytes: which.
pub fn read(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let text = match fs::read_to_string(file(target)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let wrong = |number: usize| {
        io::Error::other(format!("corpus/{target}.txt: line {}: must be hexadecimal, two digits for each byte", number + 1))
    };
    text.lines().enumerate().map(|(number, line)| bytes_of(line).ok_or_else(|| wrong(number))).collect()
}

/// Keeps these inputs of a target, and no others.
///
/// # Errors
/// The file cannot be written.
pub fn write(target: &str, inputs: &[Vec<u8>]) -> io::Result<()> {
    let line = |input: &Vec<u8>| input.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect::<String>();
    let mut lines: Vec<String> = inputs.iter().filter(|input| !input.is_empty()).map(line).collect();
    lines.sort_by_key(|line| (line.len(), line.clone()));
    lines.dedup();
    fs::create_dir_all(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"))?;
    fs::write(file(target), lines.concat())
}

fn bytes_of(line: &str) -> Option<Vec<u8>> {
    let digits = line.as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}
