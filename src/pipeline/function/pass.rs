//! What a function that is not outside answers as a transform: it does what it does with the records,
//! and hands them on as they came. Those that it cannot digest it says to have failed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::{Millis, RecordRef};

use super::Function;

impl Function {
    pub(super) fn pass_on(
        &mut self,
        now: Millis,
        records: &[RecordRef<'_>],
    ) -> Result<Vec<u8>, String> {
        let bad = |record: &RecordRef<'_>| self.first_bad(std::slice::from_ref(record)).is_some();
        let (failed, good): (Vec<RecordRef<'_>>, Vec<_>) = records.iter().partition(|one| bad(one));
        self.act(now, &good)?;
        let answered = |record: &RecordRef<'_>, result: &str| {
            let (id, data) = (record.sequence.to_string(), STANDARD.encode(record.data));
            json!({ "recordId": id, "result": result, "data": data })
        };
        let good = good.iter().map(|record| answered(record, "Ok"));
        let failed = failed.iter().map(|record| answered(record, "ProcessingFailed"));
        let answered: Vec<Value> = good.chain(failed).collect();
        Ok(json!({ "records": answered }).to_string().into_bytes())
    }
}
