//! The same question about many things, on every core, answers in the order of the things. However many
//! things there are, and cores, few answers wait.

use std::sync::mpsc::sync_channel;

/// Answers that may wait until those before them are taken, over all workers; at least two for each.
const AHEAD: usize = 128;

/// Most items that a worker takes at once: what a commit is compared with was often read for the one before.
const CHUNK: usize = 32;

/// Fewer items than this are not worth a thread.
const ALONE: usize = 8;

/// Whether so many items are more than one worker's.
pub fn shared(items: usize) -> bool {
    items >= ALONE
}

/// Answers `ask(worker, item)` for every item, handing each answer to `take` in the order of the items. Each worker
/// is used by one thread at a time. Stops at the first error of `take`.
pub fn in_order<I: Sync, W: Send, A: Send, E>(
    items: &[I],
    workers: &mut [W],
    ask: impl Fn(&mut W, &I) -> A + Sync,
    mut take: impl FnMut(A) -> Result<(), E>,
) -> Result<(), E> {
    // Without one, nothing would be asked about anything.
    let first = workers.first_mut().expect("there is at least one worker");
    if !shared(items.len()) {
        return items.iter().try_for_each(|item| take(ask(first, item)));
    }
    let (count, ask) = (workers.len(), &ask);
    // Each worker has a chunk of answers ready, and works on another.
    let chunk = (AHEAD / 2 / count).clamp(1, CHUNK);
    std::thread::scope(|scope| {
        let answers: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(number, worker)| {
                let (send, receive) = sync_channel(1);
                scope.spawn(move || {
                    for taken in items.chunks(chunk).skip(number).step_by(count) {
                        let answers: Vec<A> = taken.iter().map(|item| ask(worker, item)).collect();
                        // Nobody listens any more after an error.
                        if send.send(answers).is_err() {
                            return;
                        }
                    }
                });
                receive
            })
            .collect();
        // The chunks were dealt out in turns.
        for receive in answers.iter().cycle().take(items.len().div_ceil(chunk)) {
            let answers = receive.recv().expect("a panic of a worker is a panic of the gate");
            answers.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_and_none_is_lost() {
        let items: Vec<usize> = (0..20 * CHUNK + 5).collect();
        for threads in [1, 2, 3, 200] {
            let mut answers = Vec::new();
            let taken: Result<(), ()> = in_order(
                &items,
                &mut vec![(); threads],
                |(), item| item * 2,
                |answer| {
                    answers.push(answer);
                    Ok(())
                },
            );
            assert!(taken.is_ok());
            assert_eq!(answers, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn few_answers_wait_however_many_workers_there_are() {
        let items: Vec<usize> = (0..100 * CHUNK).collect();
        for threads in [1, 2, 8, 60] {
            let (made, mut taken) = (AtomicUsize::new(0), 0);
            let done: Result<(), ()> = in_order(
                &items,
                &mut vec![(); threads],
                |(), _| made.fetch_add(1, Ordering::Relaxed),
                |_| {
                    taken += 1;
                    std::thread::sleep(Duration::from_micros(20));
                    let waiting = made.load(Ordering::Relaxed) - taken;
                    assert!(waiting <= AHEAD + CHUNK, "{waiting} answers of {threads} workers wait");
                    Ok(())
                },
            );
            assert_eq!((done, taken), (Ok(()), items.len()));
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let items: Vec<usize> = (0..20 * CHUNK).collect();
        for threads in [1, 2, 3, 200] {
            let mut taken = 0;
            let error = in_order(
                &items,
                &mut vec![(); threads],
                |(), item| *item,
                |item| {
                    taken += 1;
                    if item == 2 * CHUNK + 1 { Err(item) } else { Ok(()) }
                },
            );
            assert_eq!((error, taken), (Err(2 * CHUNK + 1), 2 * CHUNK + 2));
        }
    }

    #[test]
    #[should_panic(expected = "at least one worker")]
    fn nobody_to_ask_is_no_answer() {
        let _ = in_order(&[1], &mut Vec::<()>::new(), |(), item| *item, |_| Ok::<(), ()>(()));
    }
}
