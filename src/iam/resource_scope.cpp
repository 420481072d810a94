#include "iam/resource_scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "iam/catalogue.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

constexpr std::size_t kAccountLength = 12;  // digits
constexpr std::size_t kAccountField = 4;    // arn:partition:service:region:ACCOUNT:resource, from 0

/// `arn:${Partition}:iam::${Account}:role/${Name}` → `arn:*:iam::*:role/?*`: no name is empty, so `role/?*` is all
/// roles like `role/*`.
std::string general(std::string_view arn) {
  std::string made;
  std::size_t colons = 0;
  for (std::size_t i = 0; i < arn.size(); ++i) {
    if (arn.substr(i, 2) == "${") {
      i = std::min(arn.find('}', i), arn.size() - 1);
      if (made.empty() || made.back() != '*') made += colons > kAccountField ? "?*" : "*";
    } else {
      if (arn[i] == ':') ++colons;
      made += arn[i];
    }
  }
  return made;
}

/// By the number of the type.
const std::string& general_arn(std::uint32_t link) {
  static const std::vector<std::string> kArns = [] {
    const Catalogue& catalogue = Catalogue::built_in();
    std::vector<std::string> arns;
    catalogue.all().each([&](ActionId id) {
      for (const std::uint32_t type : catalogue.type_links(id)) {
        if (arns.size() <= type >> 1) arns.resize((type >> 1) + 1);
        if (arns[type >> 1].empty()) arns[type >> 1] = general(catalogue.type_arn(type));
      }
    });
    return arns;
  }();
  return kArns.at(link >> 1);
}

enum class Accounts { kOneIsAll, kAsWritten };

/// Everything lies in one partition and, where that is asked, in one account: these are no limits. What a star at the
/// end leaves out is written out: `arn:aws:iam::*` is `arn:*:iam::*:*`.
std::string without_partition(std::string_view pattern, Accounts accounts) {
  std::array<std::string_view, 6> fields{};
  std::size_t count = 0;
  std::string_view rest = pattern;
  for (; count < 5 && rest.find(':') != std::string_view::npos; ++count) {
    fields[count] = rest.substr(0, rest.find(':'));
    rest.remove_prefix(rest.find(':') + 1);
  }
  fields[count++] = rest;
  if (fields[0] != "arn" || count < 2 || (count < fields.size() && !rest.ends_with('*'))) return std::string(pattern);
  for (; count < fields.size(); ++count) fields[count] = "*";
  fields[1] = "*";
  const std::string_view account = fields[kAccountField];
  const bool one_account = account.size() == kAccountLength && account.find_first_not_of("0123456789") == account.npos;
  if (one_account && accounts == Accounts::kOneIsAll) fields[kAccountField] = "*";
  return fmt::format("{}", fmt::join(fields, ":"));
}

std::vector<std::string> prepared(const std::vector<std::string>& patterns, Accounts accounts) {
  std::vector<std::string> made;
  for (const std::string& pattern : patterns) made.push_back(without_partition(pattern, accounts));
  return made;
}

/// Which types a list of patterns covers. Each type is looked at once: a statement with all of a service's actions asks
/// for the same few again and again.
class Coverage {
 public:
  explicit Coverage(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  bool covers_type(std::uint32_t link) {
    const std::size_t type = link >> 1;
    if (known_.size() <= type) known_.resize(type + 1, Known::kNot);
    if (known_[type] == Known::kNot) {
      const std::string& arn = general_arn(link);
      const bool covered =
          std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& p) { return covers_arns(p, arn); });
      known_[type] = covered ? Known::kCovered : Known::kOpen;
    }
    return known_[type] == Known::kCovered;
  }

 private:
  enum class Known : char { kNot, kOpen, kCovered };
  std::vector<std::string> patterns_;
  std::vector<Known> known_{};
};

/// `*`, and `?*`: nothing has an empty name.
bool is_anything(const std::string& pattern) {
  return pattern.find('*') != std::string::npos && pattern.find_first_not_of("*?") == std::string::npos &&
         std::ranges::count(pattern, '?') <= 1;
}

}  // namespace

const Circumstances& usual_circumstances() {
  static const Circumstances kUsual = {{"aws:securetransport", "true"}, {"aws:principalisawsservice", "false"}};
  return kUsual;
}

ActionSet actions_on_everything(const Statement& statement, const ActionSet& actions) {
  const bool allow = statement.effect == Effect::kAllow;
  const PatternElement& resources = statement.resources;
  if (resources.sense == Sense::kIsNot) return allow ? actions : ActionSet();
  if (resources.sense == Sense::kAbsent) return {};
  if (std::any_of(resources.patterns.begin(), resources.patterns.end(), is_anything)) return actions;

  const Catalogue& catalogue = Catalogue::built_in();
  static const auto kAssumeRole = Catalogue::built_in().find("sts:AssumeRole").value();
  Coverage usual(prepared(resources.patterns, allow ? Accounts::kOneIsAll : Accounts::kAsWritten));
  Coverage as_written(prepared(resources.patterns, Accounts::kAsWritten));
  ActionSet found;
  actions.each([&](ActionId action) {
    bool one = false;
    bool all = true;
    bool required = true;
    for (const std::uint32_t link : catalogue.type_links(action)) {
      const bool covered = (action == kAssumeRole ? as_written : usual).covers_type(link);
      one = one || covered;
      all = all && covered;
      required = required && (covered || !Catalogue::is_required(link));
    }
    if (one && (allow ? required : all)) found.add(action);
  });
  return found;
}

Cut cut_of(const PatternElement& denied, std::string_view pattern, bool pattern_is_everything) {
  const auto any = [&](auto&& fits) { return std::any_of(denied.patterns.begin(), denied.patterns.end(), fits); };
  if (denied.sense == Sense::kAbsent) return Cut::kNothing;
  if (denied.sense == Sense::kIs) {
    if (pattern_is_everything) return Cut::kPart;
    if (any([&](const std::string& p) { return covers_arns(p, pattern); })) return Cut::kAll;
    return any([&](const std::string& p) { return overlap_arns(p, pattern); }) ? Cut::kPart : Cut::kNothing;
  }
  if (pattern_is_everything) return Cut::kAllButNamed;
  if (any([&](const std::string& p) { return covers_arns(p, pattern); })) return Cut::kNothing;
  return any([&](const std::string& p) { return overlap_arns(p, pattern); }) ? Cut::kPart : Cut::kAll;
}

}  // namespace ag::iam
