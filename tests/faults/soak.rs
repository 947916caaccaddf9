//! A random mix of faults, under attack, for any length of time: `scripts/soak MINUTES [SEED]`.

use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    attackers::{Attack, Findings},
    client::{Sent, burst, until_up_to_date},
    mount::Mount,
    seed, setting,
    support::{
        connections::raise_descriptor_limit,
        instance::{Database, Instance, video_id},
        postgres::Postgres,
        program::{Server, succeeded},
    },
};

/// Maximum resident memory of a server.
const MAX_MEMORY: usize = 256 * 1024 * 1024;
/// Maximum time of `/healthz`, at the 99th percentile.
const MAX_LATENCY: Duration = Duration::from_millis(50);

/// A fault that happens under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// The load and the attackers alone.
    Attack,
    ServerKilled,
    ServerStopped,
    PowerCut,
    DiskFull,
    PostgresKilled,
    PostgresStopped,
    PostgresFrozen,
}

/// What an instance is stored on.
enum Storage {
    /// A separate file system with SQLite.
    Disk(Mount),
    /// A separate cluster.
    Postgres(Arc<Postgres>),
}

/// An instance that goes through many faults.
struct World {
    storage: Storage,
    instance: Instance,
    sent: Sent,
    found: Findings,
    rounds: usize,
    failed_jobs: usize,
}

/// The sermon that attackers try to replace.
fn victim() -> String {
    video_id('v', 0)
}

impl World {
    fn on_sqlite() -> Self {
        let mount = Mount::ext4(512);
        let instance = Instance::at(&mount.path().join("data"));
        Self::new(Storage::Disk(mount), instance)
    }

    fn on_postgres() -> Self {
        let postgres = Arc::new(Postgres::new());
        let instance = Instance::with(Database::new(&postgres));
        Self::new(Storage::Postgres(postgres), instance)
    }

    fn new(storage: Storage, instance: Instance) -> Self {
        let mut sent = Sent::default();
        succeeded(&instance.save(&victim(), "victim"));
        sent.ledger.acknowledge(&victim(), "victim");
        Self { storage, instance, sent, found: Findings::default(), rounds: 0, failed_jobs: 0 }
    }

    fn faults(&self) -> &'static [Fault] {
        use Fault::{
            Attack, DiskFull, PostgresFrozen, PostgresKilled, PostgresStopped, PowerCut, ServerKilled, ServerStopped,
        };
        match self.storage {
            Storage::Disk(_) => &[Attack, ServerKilled, ServerStopped, PowerCut, DiskFull],
            Storage::Postgres(_) => {
                &[Attack, ServerKilled, ServerStopped, PostgresKilled, PostgresStopped, PostgresFrozen]
            }
        }
    }

    fn start(&self) -> Server {
        let mut command = self.instance.server();
        // Attackers have many addresses.
        command.env("TRUSTED_PROXIES", "1").env_remove("TOKIO_WORKER_THREADS");
        Server::start(command)
    }

    /// Sends sermons under attack, injects a fault in the meantime, restarts, and checks everything.
    fn round(&mut self, fault: Fault, random: &mut StdRng) {
        self.rounds += 1;
        let (round, instance) = (self.rounds, &self.instance);
        let server = self.start();
        let base = server.base.clone();
        let attack = Attack::start(&server, &victim(), random);
        let (before, during) = (Duration::from_millis(random.random_range(0..1500)), random.random_range(100..3000));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            let (id, title) = (video_id('a', client * 100 + number % 60), format!("{round}-{client}-{number}"));
            if client > 0 {
                return sent.send(&base, &id, &title);
            }
            sent.ledger.submit(&id, &title);
            if instance.save(&id, &title).status.success() {
                sent.ledger.acknowledge(&id, &title);
            }
        };
        let (sent, survivor) = burst(4, 100, submit, || {
            std::thread::sleep(before);
            self.storage.inject(fault, server, Duration::from_millis(during))
        });
        if let (Storage::Disk(mount), Fault::PowerCut) = (&self.storage, fault) {
            mount.restore_power();
        }
        self.sent.merge(sent);
        let server = survivor.unwrap_or_else(|| self.start());
        attack.aim_at(&server);
        std::thread::sleep(Duration::from_millis(during));
        let mut found = attack.stop();
        found.wait_for_jobs(&server);
        self.sent.ledger.merge(std::mem::take(&mut found.ledger));
        self.found.merge(found);
        until_up_to_date(&server.base);
        self.failed_jobs += self.sent.wait_for_jobs(&server).len();
        until_up_to_date(&server.base);
        // What attackers submitted without waiting for the response may still be saved, so the server must end first.
        server.terminate();
        self.sent.ledger.check(instance);
    }
}

impl Storage {
    /// Injects a fault and ends it. Returns the server if it is still running.
    fn inject(&self, fault: Fault, server: Server, during: Duration) -> Option<Server> {
        match (fault, self) {
            (Fault::Attack, _) => {
                std::thread::sleep(during);
                return Some(server);
            }
            (Fault::ServerStopped, _) => drop(server.terminate()),
            (Fault::PowerCut, Self::Disk(mount)) => {
                mount.cut_power();
                server.kill();
            }
            (Fault::DiskFull, Self::Disk(mount)) => {
                let ballast = mount.fill();
                std::thread::sleep(during);
                fs::remove_file(ballast).expect("the ballast is removed");
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
    raise_descriptor_limit();
    let (started, seed) = (Instant::now(), seed());
    println!("soak: seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let minutes: f64 =
        setting("SOAK_MINUTES").map_or(0.0, |minutes| minutes.parse().expect("SOAK_MINUTES is a number"));
    let mut worlds = [World::on_sqlite(), World::on_postgres()];
    let mut tried = BTreeMap::<Fault, usize>::new();
    loop {
        for world in &mut worlds {
            let fault = *world.faults().choose(&mut random).expect("at least one fault");
            println!("soak: {:>6.1} s: {fault:?}", started.elapsed().as_secs_f64());
            world.round(fault, &mut random);
            *tried.entry(fault).or_default() += 1;
        }
        if started.elapsed().as_secs_f64() > minutes * 60.0 {
            break;
        }
    }
    let sum = |of: fn(&World) -> usize| worlds.iter().map(of).sum::<usize>();
    println!(
        "soak: seed {seed}, {:.1} minutes, {} faults {tried:?}, {} acknowledged writes, {} refused, {} jobs failed with an error, lost: 0",
        started.elapsed().as_secs_f64() / 60.0,
        tried.values().sum::<usize>(),
        sum(|world| world.sent.ledger.acknowledged()),
        sum(|world| world.sent.refused),
        sum(|world| world.failed_jobs),
    );
    let mut found = Findings::default();
    for world in worlds {
        found.merge(world.found);
    }
    report(found);
}

/// Prints what the attackers got and what it cost. The limits apply to the optimized program.
fn report(mut found: Findings) {
    let (measured, latency) = found.latency();
    println!(
        "soak: attackers: {} responses {:?}; RSS at most {} MB; /healthz p99 {:.1} ms of {measured}",
        found.statuses.values().sum::<usize>(),
        found.statuses,
        found.peak_memory / 1024 / 1024,
        latency.as_secs_f64() * 1000.0,
    );
    if !cfg!(debug_assertions) {
        assert!(found.peak_memory <= MAX_MEMORY, "the server used too much memory");
        assert!(latency <= MAX_LATENCY, "/healthz was too slow");
    }
}
