//! Operations that are answered together: their puts share one write to the journal.

use crate::api::{Answer, Operation, Reply};
use crate::engine::Engine;
use crate::model::Millis;

impl Engine {
    /// Answers operations as if they came one behind the other. Puts that follow each other are
    /// written together: what one of them costs, all of them do.
    pub fn handle_all(&mut self, now: Millis, operations: &[Operation]) -> Vec<Reply> {
        let mut replies = Vec::with_capacity(operations.len());
        // Those from here on are staged and not written.
        let mut staged = 0;
        for operation in operations {
            if !operation.is_put() {
                self.conclude(&operations[staged..replies.len()], &mut replies[staged..]);
                staged = replies.len() + 1;
            }
            replies.push(self.begin(now, operation));
        }
        self.conclude(&operations[staged..], &mut replies[staged..]);
        replies
    }

    /// Writes what puts have staged, and completes their answers by what became of it.
    pub(super) fn conclude(&mut self, puts: &[Operation], replies: &mut [Reply]) {
        if puts.is_empty() {
            return;
        }
        let written = self.write();
        for (put, reply) in puts.iter().zip(replies) {
            // What was refused stays so.
            if let (Operation::PutRecords(put), Ok(Answer::Put(answer))) = (put, &mut *reply) {
                self.conclude_records(put, answer, written);
            } else if let (Operation::PutRecord(put), Ok(Answer::PutOne(answer))) = (put, &*reply) {
                *reply = self.conclude_record(put, *answer, written).map(Answer::PutOne);
            }
        }
    }
}
