//! The same question about many things, on every core, answers in the order of the things. Memory is bounded by a
//! window, not by how many things there are.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Items whose answers are held at once.
const WINDOW: usize = 128;

/// Items that a worker takes at once: what a commit is compared with was often read for the one before.
const CHUNK: usize = 16;

/// Fewer items than this are not worth a thread.
const ALONE: usize = 8;

/// Answers `ask(worker, item)` for every item, handing each answer to `take` in the order of the items. Each worker
/// is used by one thread at a time. Stops at the first error of `take`.
pub fn in_order<I: Sync, W: Send, A: Send, E>(
    items: &[I],
    workers: &mut [W],
    ask: impl Fn(&mut W, &I) -> A + Sync,
    mut take: impl FnMut(A) -> Result<(), E>,
) -> Result<(), E> {
    for window in items.chunks(WINDOW) {
        for answer in answer_window(window, workers, &ask) {
            take(answer)?;
        }
    }
    Ok(())
}

fn answer_window<I: Sync, W: Send, A: Send>(
    window: &[I],
    workers: &mut [W],
    ask: &(impl Fn(&mut W, &I) -> A + Sync),
) -> Vec<A> {
    if window.len() < ALONE || workers.len() < 2 {
        return match workers.first_mut() {
            Some(worker) => window.iter().map(|item| ask(worker, item)).collect(),
            None => Vec::new(),
        };
    }
    let chunks: Vec<&[I]> = window.chunks(CHUNK).collect();
    let next = AtomicUsize::new(0);
    let mut answers: Vec<(usize, Vec<A>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    while let Some((place, chunk)) = claim(&next, &chunks) {
                        mine.push((place, chunk.iter().map(|item| ask(worker, item)).collect()));
                    }
                    mine
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a panic of a worker is a panic of the gate"))
            .collect()
    });
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().flat_map(|(_, answers)| answers).collect()
}

fn claim<'a, I>(next: &AtomicUsize, chunks: &[&'a [I]]) -> Option<(usize, &'a [I])> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(place).map(|chunk| (place, *chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_and_none_is_lost() {
        let items: Vec<usize> = (0..3 * WINDOW + 5).collect();
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
}
