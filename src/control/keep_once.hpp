#pragma once
#include <algorithm>
#include <vector>

namespace ag::control {

/// Sorts, and drops what is there twice: AWS refuses a second equal membership or assignment, others do not, and a list
/// that changes while it is read may show anything twice.
template <class T>
void keep_once(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace ag::control
