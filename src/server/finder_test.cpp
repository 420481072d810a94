#include "server/finder.hpp"

#include <gtest/gtest.h>

namespace ag::server {
namespace {

TEST(Finder, TellsHowWellATextFits) {
  const auto account = searchable("Prod-Web", {"111122223333", "/Workloads/Prod"});
  EXPECT_EQ(account.fit("prod-web"), Fit::kWhole);
  EXPECT_EQ(account.fit("prod"), Fit::kBeginning);
  EXPECT_EQ(account.fit("web"), Fit::kWord);
  EXPECT_EQ(account.fit("od-w"), Fit::kInside);
  EXPECT_EQ(account.fit("2222"), Fit::kElsewhere);
  EXPECT_EQ(account.fit("workloads"), Fit::kElsewhere);
  EXPECT_EQ(account.fit("staging"), std::nullopt);
}

TEST(Finder, FindsTheWordBehindTheSameLettersInside) {
  EXPECT_EQ(searchable("webweb web", {}).fit("web"), Fit::kBeginning);
  EXPECT_EQ(searchable("cobweb-web", {}).fit("web"), Fit::kWord);
  EXPECT_EQ(searchable("cobweb", {}).fit("web"), Fit::kInside);
}

TEST(Finder, NeverFitsAcrossTwoParts) { EXPECT_EQ(searchable("a", {"one", "two"}).fit("onetwo"), std::nullopt); }

TEST(Finder, FoldsWhateverTheScript) {
  EXPECT_EQ(searchable("ÉCOLE", {}).fit("école"), Fit::kWhole);
  EXPECT_EQ(searchable("Straße", {}).fit("strasse"), Fit::kWhole);
}

}  // namespace
}  // namespace ag::server
