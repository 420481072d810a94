#include "iam/condition_keys.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "iam/table.hpp"

namespace ag::iam {
namespace {

// The sections and rows that tools/embed_iam.py writes; subjects are numbered as in SUBJECTS there.
enum Section : std::size_t { kKeys = 4, kConditions = 15 };
struct KeyRow {
  std::uint32_t name, type;
};
struct ConditionRow {
  std::uint32_t key, of;
};

struct Named {
  std::string key;  // in lower case; of a beginning without its star
  Subject subject = Subject::kReached;
};

/// Names as a whole, and those that only begin so: `aws:principaltag/`.
struct Keys {
  std::vector<Named> whole;
  std::vector<Named> beginnings;

  [[nodiscard]] const Named* find(std::string_view key) const {
    const auto at = std::ranges::lower_bound(whole, key, {}, &Named::key);
    if (at != whole.end() && at->key == key) return &*at;
    const auto begins = [&](const Named& named) { return key.starts_with(named.key); };
    const auto beginning = std::ranges::find_if(beginnings, begins);
    return beginning == beginnings.end() ? nullptr : &*beginning;
  }
};

const Keys& curated() {
  static const Keys kCurated = [] {
    const Table table(catalogue_bytes());
    Keys keys;
    for (const ConditionRow& row : table.rows<ConditionRow>(kConditions)) {
      AG_ASSERT(row.of <= 1);
      std::string key(table.text(row.key));
      const bool is_beginning = key.ends_with('*');
      if (is_beginning) key.pop_back();
      (is_beginning ? keys.beginnings : keys.whole)
          .push_back({std::move(key), row.of == 0 ? Subject::kHolder : Subject::kChoice});
    }
    return keys;
  }();
  return kCurated;
}

/// `kms:EncryptionContext:${EncryptionContextKey}` and `aws:ResourceTag/tag-key` are beginnings.
const Keys& of_catalogue() {
  static const Keys kKnown = [] {
    const Table table(catalogue_bytes());
    Keys keys;
    for (const KeyRow& row : table.rows<KeyRow>(kKeys)) {
      std::string key = to_lower(table.text(row.name));
      const auto open = std::min(key.find("${"), key.find("tag-key"));
      if (open != std::string::npos) keys.beginnings.push_back({key.substr(0, open)});
      else keys.whole.push_back({std::move(key)});
    }
    std::ranges::sort(keys.whole, {}, &Named::key);
    return keys;
  }();
  return kKnown;
}

}  // namespace

Subject subject_of(std::string_view lower_key) {
  if (const Named* named = curated().find(lower_key)) return named->subject;
  if (of_catalogue().find(lower_key) != nullptr) return Subject::kReached;
  return lower_key.starts_with("aws:") ? Subject::kHolder : Subject::kUnheardOf;
}

bool holds_without_its_key(const Condition& condition) {
  const ConditionOperator& op = condition.op;
  if (op.comparison == Comparison::kUnknown) return false;
  if (op.comparison == Comparison::kNull) {
    return std::ranges::any_of(condition.values, [](const std::string& value) { return to_lower(value) == "true"; });
  }
  return op.if_exists || op.quantifier == Quantifier::kForAllValues ||
         (op.negated && op.quantifier == Quantifier::kNone);
}

}  // namespace ag::iam
