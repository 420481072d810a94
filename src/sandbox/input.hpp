#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/service.hpp"

namespace ag::sandbox {

/// What a text member must look like. `form` is AWS's regular expression, told in the refusal.
struct Pattern {
  std::string_view form;
  bool (*matches)(std::string_view text);
  std::size_t max_length;
};

extern const Pattern kInstanceArn;
extern const Pattern kPermissionSetArn;
extern const Pattern kTaggedArn;  ///< an instance or a permission set
extern const Pattern kAccountId;
extern const Pattern kPrincipalId;  ///< a user, a group or a membership
extern const Pattern kOperationId;
extern const Pattern kIdentityStoreId;
extern const Pattern kParentId;  ///< a root or a unit
extern const Pattern kChildId;   ///< an account or a unit
extern const Pattern kUnitId;
extern const Pattern kTaggedResourceId;
extern const Pattern kAttributePath;
extern const Pattern kAnyText;  ///< 1 to 2048 characters
extern const Pattern kRoleArn;
extern const Pattern kSessionName;  ///< 2 to 64 of `\w+=,.@-`

/// Reads the members of a call's input and collects what is wrong with them, as AWS does: one refusal names them
/// all. A reader returns an empty value for a member that is wrong, so read everything, then ask `problem()` once.
class Input {
 public:
  explicit Input(const Call& call) : Input(call.service, call.input, "") {}

  [[nodiscard]] std::string required(std::string_view member, const Pattern& pattern);
  [[nodiscard]] std::optional<std::string> optional(std::string_view member, const Pattern& pattern);
  [[nodiscard]] std::string required_of(std::string_view member, std::initializer_list<std::string_view> values);
  [[nodiscard]] std::optional<std::string> optional_of(std::string_view member,
                                                       std::initializer_list<std::string_view> values);
  /// Also from text, as query sends it.
  [[nodiscard]] std::optional<std::int64_t> optional_number(std::string_view member, std::int64_t min,
                                                            std::int64_t max);
  [[nodiscard]] std::vector<std::string> required_list(std::string_view member, const Pattern& pattern,
                                                       std::size_t max_items);
  /// The member's object, or an empty one. Read through the same Input so that problems gather: `inside("Filter")`.
  [[nodiscard]] Input inside(std::string_view member) const;
  [[nodiscard]] bool has(std::string_view member) const;
  void require(std::string_view member);
  void absorb(const Input& inner);

  /// ValidationException, or InvalidInputException for organizations.
  [[nodiscard]] std::optional<Fault> problem() const;

 private:
  Input(const Service& service, json::object object, std::string path)
      : service_(service), object_(std::move(object)), path_(std::move(path)) {}

  [[nodiscard]] const json::value* find(std::string_view member) const;
  [[nodiscard]] std::string path_to(std::string_view member) const;
  void note(std::string_view member, std::string_view value, std::string constraint, std::string_view reason);
  void check(std::string_view member, std::string_view text, const Pattern& pattern);

  const Service& service_;
  json::object object_;
  std::string path_;
  std::vector<std::string> problems_;
  std::string reason_;  // of organizations, for the first problem
};

}  // namespace ag::sandbox
