// The special members of the model's larger structs.
#include "broker/model/entry.h"
#include "broker/model/release.h"

namespace rujukan {

DEFINE_VALUE(Facts);
DEFINE_VALUE(MessageBody);
DEFINE_VALUE(Message);
DEFINE_VALUE(Assignment);
DEFINE_VALUE(CaseRecord);
DEFINE_VALUE(Rule);
DEFINE_VALUE(Release);
DEFINE_VALUE(Cause);
DEFINE_VALUE(Outcome);
DEFINE_VALUE(Entry);

}  // namespace rujukan
