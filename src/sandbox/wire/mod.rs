//! HTTP to input and output to HTTP, by the API tables.

pub mod chunked;
pub mod encoded_word;
pub mod input;
pub mod output;
pub mod query;
pub mod rest;
pub mod route;
pub mod validate;
pub mod xml;

pub use crate::sigv4;
