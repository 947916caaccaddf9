//! All faults mixed by chance, for as long as one likes: `scripts/soak MINUTES [SEED]`.

use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    client::{Sent, burst, until_in_step},
    mount::Mount,
    seed, setting,
    support::place::{Database, Place, video_id},
    support::postgres::Postgres,
    support::program::Server,
};

/// What happens in the middle of a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    ServerKilled,
    ServerStopped,
    PowerCut,
    DiskFull,
    PostgresKilled,
    PostgresStopped,
    PostgresFrozen,
}

/// What is under a place.
enum Ground {
    /// A disk of its own, with an SQLite on it.
    Disk(Mount),
    /// A cluster of its own.
    Postgres(Arc<Postgres>),
}

/// A place that lives through many faults.
struct World {
    ground: Ground,
    place: Place,
    sent: Sent,
    rounds: usize,
    failed_jobs: usize,
}

impl World {
    fn on_sqlite() -> Self {
        let mount = Mount::ext4(512);
        let place = Place::at(&mount.path().join("data"));
        Self { ground: Ground::Disk(mount), place, sent: Sent::default(), rounds: 0, failed_jobs: 0 }
    }

    fn on_postgres() -> Self {
        let postgres = Arc::new(Postgres::new());
        let place = Place::with(Database::new(&postgres));
        Self { ground: Ground::Postgres(postgres), place, sent: Sent::default(), rounds: 0, failed_jobs: 0 }
    }

    fn faults(&self) -> &'static [Fault] {
        use Fault::{DiskFull, PostgresFrozen, PostgresKilled, PostgresStopped, PowerCut, ServerKilled, ServerStopped};
        match self.ground {
            Ground::Disk(_) => &[ServerKilled, ServerStopped, PowerCut, DiskFull],
            Ground::Postgres(_) => &[ServerKilled, ServerStopped, PostgresKilled, PostgresStopped, PostgresFrozen],
        }
    }

    /// A burst, a fault in the middle of it, a new start, and a look at everything.
    fn round(&mut self, fault: Fault, random: &mut StdRng) {
        self.rounds += 1;
        let (round, place) = (self.rounds, &self.place);
        let server = Server::start(place.server());
        let base = server.base.clone();
        let (before, during) = (Duration::from_millis(random.random_range(0..1500)), random.random_range(100..3000));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            let (id, title) = (video_id('a', client * 100 + number % 60), format!("{round}-{client}-{number}"));
            if client > 0 {
                return sent.send(&base, &id, &title);
            }
            sent.ledger.submit(&id, &title);
            if place.save(&id, &title).status.success() {
                sent.ledger.acknowledge(&id, &title);
            }
        };
        let (sent, left) = burst(4, 100, submit, || {
            std::thread::sleep(before);
            self.ground.strike(fault, server, Duration::from_millis(during))
        });
        if let (Ground::Disk(mount), Fault::PowerCut) = (&self.ground, fault) {
            mount.restore_power();
        }
        self.sent.merge(sent);
        let server = left.unwrap_or_else(|| Server::start(place.server()));
        until_in_step(&server.base);
        self.failed_jobs += self.sent.settle(&server).len();
        until_in_step(&server.base);
        self.sent.ledger.check(place);
        server.terminate();
    }
}

impl Ground {
    /// Lets a fault happen, and repairs it; gives the server if that lives on.
    fn strike(&self, fault: Fault, server: Server, during: Duration) -> Option<Server> {
        match (fault, self) {
            (Fault::ServerStopped, _) => drop(server.terminate()),
            (Fault::PowerCut, Self::Disk(mount)) => {
                mount.cut_power();
                server.kill();
            }
            (Fault::DiskFull, Self::Disk(mount)) => {
                let ballast = mount.fill();
                std::thread::sleep(during);
                fs::remove_file(ballast).expect("there is room again");
                return Some(server);
            }
            (Fault::PostgresKilled | Fault::PostgresStopped, Self::Postgres(postgres)) => {
                if fault == Fault::PostgresKilled {
                    postgres.kill();
                } else {
                    postgres.stop();
                }
                std::thread::sleep(during);
                postgres.start();
                return Some(server);
            }
            (Fault::PostgresFrozen, Self::Postgres(postgres)) => {
                postgres.freeze();
                std::thread::sleep(during);
                postgres.thaw();
                return Some(server);
            }
            _ => server.kill(),
        }
        None
    }
}

#[test]
fn a_random_mix_of_faults_loses_nothing() {
    let (begun, seed) = (Instant::now(), seed());
    println!("soak: seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let minutes: f64 =
        setting("SOAK_MINUTES").map_or(0.0, |minutes| minutes.parse().expect("SOAK_MINUTES is a number"));
    let mut worlds = [World::on_sqlite(), World::on_postgres()];
    let mut tried = BTreeMap::<Fault, usize>::new();
    loop {
        for world in &mut worlds {
            let fault = *world.faults().choose(&mut random).expect("there are some");
            println!("soak: {:>6.1} s: {fault:?}", begun.elapsed().as_secs_f64());
            world.round(fault, &mut random);
            *tried.entry(fault).or_default() += 1;
        }
        if begun.elapsed().as_secs_f64() > minutes * 60.0 {
            break;
        }
    }
    let sum = |of: fn(&World) -> usize| worlds.iter().map(of).sum::<usize>();
    println!(
        "soak: seed {seed}, {:.1} minutes, {} faults {tried:?}, {} acknowledged writes, {} refused, {} jobs failed and said why, lost: 0",
        begun.elapsed().as_secs_f64() / 60.0,
        tried.values().sum::<usize>(),
        sum(|world| world.sent.ledger.acknowledged()),
        sum(|world| world.sent.refused),
        sum(|world| world.failed_jobs),
    );
}
