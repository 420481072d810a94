#pragma once
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "aws/types.hpp"
#include "base/hash.hpp"

/// Reading lists page by page to their end, and no further. Pure.
namespace ag::aws {

/// 100,000 users, Identity Center's limit, in pages of ten: more pages than any list of ours can have.
constexpr std::size_t kMaxPages = 10'000;

/// Watches one list being read. AWS may answer empty pages for long, so only the token says whether there is more;
/// and a token that comes twice would go on for ever (moto does so with two equal assignments at a page's edge).
class PageGuard {
 public:
  explicit PageGuard(std::size_t max_pages = kMaxPages) : max_pages_(max_pages) {}

  /// To be asked with the `next` of every page. Nothing: go on, or stop when `next` is empty. An error (kOther,
  /// code `RepeatedToken` or `TooManyPages`): the list cannot be read to its end, and what was read is not all.
  [[nodiscard]] std::optional<AwsError> refuses(const PageToken& next) {
    if (next.empty()) return std::nullopt;
    AwsError error{.kind = ErrorClass::kOther};
    if (!seen_.insert(sha256(next)).second) {
      error.code = "RepeatedToken";
      error.message = "a page token came twice: the list would never end";
      return error;
    }
    if (seen_.size() < max_pages_) return std::nullopt;
    error.code = "TooManyPages";
    error.message = "the list has more pages than any list can have";
    return error;
  }

 private:
  std::size_t max_pages_;
  std::set<Digest> seen_;  // hashes: a token can have 64 kB
};

/// Every item of a list, for those who may block. `perform` answers one Call, as Client::perform with its deadline
/// bound. `first` is the call without a token. The first error ends it: there are no half lists.
template <class ListCall, class Perform>
[[nodiscard]] auto all_pages(ListCall first, Perform&& perform, PageGuard guard = PageGuard())
    -> AwsResult<decltype(ReplyTo<ListCall>::items)> {
  decltype(ReplyTo<ListCall>::items) items;
  for (ListCall call = std::move(first);;) {
    AwsResult<Reply> reply = perform(Call(call));
    if (!reply) return std::unexpected(std::move(reply.error()));
    auto& page = std::get<ReplyTo<ListCall>>(*reply);
    std::move(page.items.begin(), page.items.end(), std::back_inserter(items));
    if (auto problem = guard.refuses(page.next)) return std::unexpected(std::move(*problem));
    if (page.next.empty()) return items;
    call.token = std::move(page.next);
  }
}

}  // namespace ag::aws
