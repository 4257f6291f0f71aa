//! The world `turmoil`: the real drivers on turmoil's network, one host per control plane.
//!
//! turmoil's network is not that of a kernel; what is missing between the two is added here.
