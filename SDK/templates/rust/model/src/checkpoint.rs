//! The checkpoint: a magic word, a checksum, the weights.

use crate::network::WEIGHTS;
use polya_sdk::{Code, Failure};
use std::io::{ErrorKind, Write};

const MAGIC: &[u8; 8] = b"bigram1\0";

/// FNV-1a of 64 bits: a flipped bit must not become a model.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3))
}

/// Writes the weights into an empty folder.
pub fn write(folder: &str, weights: &[f32]) -> Result<(), Failure> {
    let body: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
    let file = [MAGIC.as_slice(), &checksum(&body).to_le_bytes(), &body].concat();
    let path = format!("{folder}/weights.bin");
    std::fs::File::create_new(&path)
        .and_then(|mut new| new.write_all(&file))
        .map_err(|error| Failure::new(Code::Io, format!("{path} cannot be written: {error}")))
}

/// The weights of a folder.
pub fn read(folder: &str) -> Result<Vec<f32>, Failure> {
    let path = format!("{folder}/weights.bin");
    let file = std::fs::read(&path).map_err(|error| {
        let code = if error.kind() == ErrorKind::NotFound { Code::NotFound } else { Code::Io };
        Failure::new(code, format!("{path} cannot be read: {error}"))
    })?;
    let whole = file.len() == 16 + 4 * WEIGHTS
        && file[..8] == MAGIC[..]
        && file[8..16] == checksum(&file[16..]).to_le_bytes();
    if !whole {
        return Err(Failure::new(Code::Corrupt, format!("{path} is not whole: take another checkpoint")));
    }
    let weight = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    Ok(file[16..].chunks_exact(4).map(weight).collect())
}
