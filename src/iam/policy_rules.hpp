#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iam/policy_parse.hpp"

/// What AWS asks of a policy beyond its grammar: by kind of policy, and what it takes although it cannot be meant.
namespace ag::iam {

/// The list of problems, bounded.
class Problems {
 public:
  explicit Problems(std::vector<Problem>& list) : list_(list) {}

  void add(Severity severity, std::string code, std::string path, Position at, std::string message) {
    // The one that decides whether a policy may be evaluated is never the one that is left out.
    if (list_.size() >= kMostProblems && (severity != Severity::kUnreadable || told_unreadable_)) return;
    told_unreadable_ = told_unreadable_ || severity == Severity::kUnreadable;
    list_.push_back({severity, std::move(code), std::move(path), at, std::move(message)});
  }

 private:
  std::vector<Problem>& list_;
  bool told_unreadable_ = false;
};

/// `path` comes before the path of every problem.
void check_rules(const Policy& policy, PolicyKind kind, std::string_view path, Problems& problems);
/// What is said of the text as a whole: its length and its characters.
void check_text(std::string_view text, PolicyKind kind, std::string_view path, Position at, Problems& problems);

}  // namespace ag::iam
