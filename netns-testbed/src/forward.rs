//! A forwarder: what comes to a port is passed on, as it is, and what is answered passed back.
use std::{
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
};

/// Passes on what comes to a port of every address, until the process ends.
///
/// # Errors
/// The port cannot be listened on.
pub fn forward(port: u16, to: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    for stream in listener.incoming().flatten() {
        thread::spawn(move || pass_on(&stream, to));
    }
    Ok(())
}

/// Until either end has said all; neither goes on with half a connection. Whoever connects finds the connection ended where there is nobody.
fn pass_on(here: &TcpStream, to: SocketAddr) -> io::Result<()> {
    let there = TcpStream::connect(to)?;
    here.set_nodelay(true)?;
    there.set_nodelay(true)?;
    let both_end = || {
        // An end that is gone needs to be told nothing.
        let _ = (here.shutdown(Shutdown::Both), there.shutdown(Shutdown::Both));
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut &*here, &mut &there);
            both_end();
        });
        let _ = io::copy(&mut &there, &mut &*here);
        both_end();
    });
    Ok(())
}
