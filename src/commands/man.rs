//! `refgate man`: manual pages, made from the same words as `--help`.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man as Page;

use crate::cli::{Cli, Man};

use super::edge;

pub fn run(options: &Man) -> u8 {
    let written = match &options.into {
        Some(folder) => write_all(folder).map(|()| edge::tell(&format!("wrote the pages to {}\n", folder.display()))),
        None => page().map(|page| edge::answer(&page)),
    };
    match written {
        Ok(()) => 0,
        Err(error) => {
            edge::tell(&format!("refgate: the manual pages cannot be written: {error}\n"));
            2
        }
    }
}

fn page() -> io::Result<String> {
    let mut page = Vec::new();
    Page::new(Cli::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_all(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
