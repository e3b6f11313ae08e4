//! What an engine does where it cannot do what it would: on files of newer versions, beside
//! damage, on a full disk, with very many partitions.

mod damage;
mod full;
mod newer;
mod orphans;
mod toolbox;
