//! The same question about many things, on every core, answers in the order of the things. Memory is bounded by the
//! number of threads, not by how many things there are.

use std::sync::mpsc::sync_channel;

/// Items that a worker takes at once: what a commit is compared with was often read for the one before.
const CHUNK: usize = 32;

/// Chunks of answers that a worker may have ready before they are taken.
const AHEAD: usize = 1;

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
    std::thread::scope(|scope| {
        let answers: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(number, worker)| {
                let (send, receive) = sync_channel(AHEAD);
                scope.spawn(move || {
                    for chunk in items.chunks(CHUNK).skip(number).step_by(count) {
                        let answers: Vec<A> = chunk.iter().map(|item| ask(worker, item)).collect();
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
        for receive in answers.iter().cycle().take(items.len().div_ceil(CHUNK)) {
            let answers = receive.recv().expect("a panic of a worker is a panic of the gate");
            answers.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_and_none_is_lost() {
        let items: Vec<usize> = (0..20 * CHUNK + 5).collect();
        for threads in 1..4 {
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
    fn the_first_error_ends_it() {
        let items: Vec<usize> = (0..20 * CHUNK).collect();
        for threads in 1..4 {
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
