#pragma once
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace ag {

enum class Undo { kOff, kOn };

/// A map that can take back everything done to it since the last keep().
///
/// The engine applies entries as it decides, so that the second command of a batch sees the first; when the
/// ledger then refuses the batch, all of it must vanish. Copying the state would cost too much, a second fold
/// too long: this remembers the former value of each key it was asked to change.
template <class Key, class Value>
class Table {
 public:
  [[nodiscard]] const Value* find(const Key& key) const {
    const auto it = rows_.find(key);
    return it == rows_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] auto begin() const { return rows_.begin(); }
  [[nodiscard]] auto end() const { return rows_.end(); }
  [[nodiscard]] auto lower_bound(const Key& key) const { return rows_.lower_bound(key); }

  /// The value to change; made with its defaults when there is none. The reference lives until the next call.
  Value& edit(const Key& key) {
    const auto it = rows_.find(key);
    if (undo_ == Undo::kOn) former_.emplace_back(key, it == rows_.end() ? std::nullopt : std::optional(it->second));
    return it == rows_.end() ? rows_[key] : it->second;
  }

  void erase(const Key& key) {
    const auto it = rows_.find(key);
    if (it == rows_.end()) return;
    if (undo_ == Undo::kOn) former_.emplace_back(key, std::move(it->second));
    rows_.erase(it);
  }

  /// What is durable already need not be taken back: a start folds a million entries, and would copy each row it
  /// changes for nothing.
  void set_undo(Undo undo) {
    AG_ASSERT(former_.empty());
    undo_ = undo;
  }

  void keep() { former_.clear(); }

  void take_back() {
    for (auto it = former_.rbegin(); it != former_.rend(); ++it) {
      if (it->second) rows_.insert_or_assign(it->first, std::move(*it->second));
      else rows_.erase(it->first);
    }
    former_.clear();
  }

 private:
  std::map<Key, Value> rows_;
  std::vector<std::pair<Key, std::optional<Value>>> former_;  // in the order of the changes
  Undo undo_ = Undo::kOn;
};

/// The same for a single value.
template <class Value>
class Kept {
 public:
  [[nodiscard]] const Value& get() const { return value_; }
  void set(Value value) {
    if (!former_ && undo_ == Undo::kOn) former_ = std::move(value_);
    value_ = std::move(value);
  }
  void set_undo(Undo undo) {
    AG_ASSERT(!former_);
    undo_ = undo;
  }
  void keep() { former_.reset(); }
  void take_back() {
    if (former_) value_ = std::move(*former_);
    former_.reset();
  }

 private:
  Value value_{};
  std::optional<Value> former_;
  Undo undo_ = Undo::kOn;
};

}  // namespace ag
