#include "server/spool.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace ag::server {
namespace {

struct SpoolFile : ::testing::Test {
  std::string folder = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "spool-XXXXXX").string();
    return std::string(::mkdtemp(pattern.data()));
  }();
  std::string path = folder + "/spool";
  ~SpoolFile() override { std::filesystem::remove_all(folder); }

  static std::vector<std::string> all(const std::string& path) { return *Spool::open(path)->read(); }
};

TEST_F(SpoolFile, GivesBackWhatWasPutIntoItAfterARestart) {
  {
    auto spool = *Spool::open(path);
    EXPECT_EQ(spool.size(), 0U);
    ASSERT_TRUE(spool.append(std::vector<std::string>{"one", ""}).has_value());
    ASSERT_TRUE(spool.append(std::vector<std::string>{std::string(100'000, 'x')}).has_value());
    EXPECT_GT(spool.size(), 100'000U);
  }
  EXPECT_EQ(all(path), (std::vector<std::string>{"one", "", std::string(100'000, 'x')}));
}

TEST_F(SpoolFile, IsEmptyAfterClearAndTakesNewOnes) {
  auto spool = *Spool::open(path);
  ASSERT_TRUE(spool.append(std::vector<std::string>{"first", "second"}).has_value());
  ASSERT_TRUE(spool.clear().has_value());
  EXPECT_EQ(spool.size(), 0U);
  EXPECT_TRUE(all(path).empty());
  ASSERT_TRUE(spool.append(std::vector<std::string>{"third"}).has_value());
  EXPECT_EQ(all(path), std::vector<std::string>{"third"}) << "what lies behind is of another generation";
}

TEST_F(SpoolFile, HoldsNothingElseAfterReplace) {
  auto spool = *Spool::open(path);
  ASSERT_TRUE(spool.append(std::vector<std::string>{"half", "written", "before"}).has_value());
  ASSERT_TRUE(spool.replace(std::vector<std::string>{"all"}).has_value());
  EXPECT_EQ(all(path), std::vector<std::string>{"all"});
}

TEST_F(SpoolFile, EndsAtTheFirstRecordThatIsNotWhole) {
  {
    auto spool = *Spool::open(path);
    ASSERT_TRUE(spool.append(std::vector<std::string>{"one", "two", "three"}).has_value());
  }
  const std::uint64_t second = 16 + 20 + 3;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(second + 20));
  file.put('X');
  file.close();
  EXPECT_EQ(all(path), std::vector<std::string>{"one"});
}

TEST_F(SpoolFile, TakesItsRoomBeforehand) {
  const auto spool = *Spool::open(path);
  EXPECT_GE(std::filesystem::file_size(path), Spool::kReserved);
}

TEST_F(SpoolFile, SurvivesAFileOfAnythingElse) {
  std::ofstream(path) << std::string(1'000, '\xff');
  EXPECT_TRUE(all(path).empty());
}

TEST_F(SpoolFile, SaysWhyItCannotBeUsed) {
  const auto spool = Spool::open(folder + "/no/such/folder");
  ASSERT_FALSE(spool.has_value());
  EXPECT_EQ(spool.error().code, "spool_unusable");
  EXPECT_NE(spool.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace ag::server
