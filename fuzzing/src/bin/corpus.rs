//! Lays what a target begins with into a folder, for a search that is guided by coverage; or keeps what that left there.
#![allow(clippy::print_stderr)]
use std::{fs, io, path::Path, process::ExitCode};
use strait_fuzzing::{Target, corpus, named};

const USAGE: &str = "usage: corpus lay TARGET FOLDER    what the target begins with, as files\n       corpus keep TARGET FOLDER   those files become its corpus";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["lay", target, folder] => known(target).and_then(|target| lay(target, Path::new(folder))),
        ["keep", target, folder] => known(target).and_then(|target| keep(target, Path::new(folder))),
        _ => Err(io::Error::other(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn known(name: &str) -> io::Result<&'static Target> {
    named(name).ok_or_else(|| io::Error::other(format!("there is no target `{name}`")))
}

fn lay(target: &Target, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let inputs = (target.seeds)().into_iter().chain(corpus::read(target.name)?);
    inputs.enumerate().try_for_each(|(number, input)| fs::write(folder.join(format!("known-{number:04}")), input))
}

fn keep(target: &Target, folder: &Path) -> io::Result<()> {
    let files = folder.read_dir()?.map(|file| fs::read(file?.path())).collect::<io::Result<Vec<_>>>()?;
    corpus::write(target.name, &files)
}
