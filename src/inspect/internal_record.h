// Records of internal topics and of control batches, shown by their schemas.
#pragma once

#include <string_view>

#include "inspect/line.h"
#include "inspect/record_schema.h"
#include "record/record_iterator.h"

namespace streamline::inspect {

/// Family::none for a topic that is not internal.
Family family_of_topic(std::string_view topic);

/// Adds key and value of a coordinator's record. What its schema does not fit is shown as bytes, with the reason as "note".
void put_internal_record(Line& line, Family family, const record::RecordView& record);
/// Adds what a control batch's record says: commit or abort and the coordinator's epoch, or the number of another kind.
void put_control_record(Line& line, const record::RecordView& record);

}  // namespace streamline::inspect
