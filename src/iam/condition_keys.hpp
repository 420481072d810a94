#pragma once
#include <string_view>

#include "iam/policy.hpp"

/// What condition keys speak of: data/iam/conditions.txt.
///
/// A level says what permissions are worth in the hands of the one who is meant to have them. A condition on the
/// circumstances (a second factor, an address, an hour) keeps others out and takes nothing from that one; a condition
/// on what is reached (a tag, a policy that may be attached) does.
namespace ag::iam {

enum class Subject {
  kReached,    ///< the resource, or what the call does to it
  kHolder,     ///< who asks, from where, when, by what way
  kChoice,     ///< what whoever asks may leave out
  kUnheardOf,  ///< no request has it, as far as the catalogue knows
};

/// Of a key in lower case. A global key that the catalogue does not know is taken to be of the holder: that errs to
/// more access.
[[nodiscard]] Subject subject_of(std::string_view lower_key);

/// Whether a condition holds when the request does not have its key.
[[nodiscard]] bool holds_without_its_key(const Condition& condition);

}  // namespace ag::iam
