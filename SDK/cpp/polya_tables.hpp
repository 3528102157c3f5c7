/* polya_tables.hpp - the C tables of strategies, rewards and task sources of polya.hpp. Authors need not read it. */
#ifndef POLYA_TABLES_HPP
#define POLYA_TABLES_HPP

#include "polya_boundary.hpp"
#include "polya_readers.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <map>

namespace polya {
namespace boundary {

struct StrategyTable {
  static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) noexcept {
    return answer(call, [&] { out->heuristics = Arena(call).heuristics(role<Strategy>(self).heuristics()); });
  }

  static PolyaStatus next(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    if (const PolyaStatus status = answer(call, [&] { same_count(in.count, out.count); })) return status;
    return rows<PolyaStrategyMove>(call, out, [&](std::uint64_t i, PolyaStrategyMove &row) {
      const Arena arena(call);
      const Move move = role<Strategy>(self).next(item(read<PolyaStrategyItem>(in, i)), Call(call));
      row.action = move.action;
      row.phase = arena.text(move.phase);
      row.messages = arena.messages(move.messages);
      row.stop = arena.texts(move.stop);
      row.max_tokens = move.max_tokens;
      row.temperature = move.temperature;
      row.answer = arena.text(move.answer);
      row.state = arena.bytes(move.state);
    });
  }

  static PolyaStatus segment(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    if (const PolyaStatus status = answer(call, [&] { same_count(in.count, out.count); })) return status;
    return rows<PolyaSegmentation>(call, out, [&](std::uint64_t i, PolyaSegmentation &row) {
      const auto segments = role<SegmentingStrategy>(self).segments(item(read<PolyaAnswerItem>(in, i)), Call(call));
      row.segments = Arena(call).segments(segments);
    });
  }

  template <class T>
  static const void *table() {
    constexpr bool labels = std::is_base_of_v<SegmentingStrategy, T>;
    static const PolyaStrategy table = {sizeof(PolyaStrategy), 0, describe, next, labels ? segment : nullptr};
    return &table;
  }
};

struct RewardTable {
  template <class Role>
  static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const Role &reward = role<Role>(self);
      out->low = reward.range().low;
      out->high = reward.range().high;
      out->components = arena.rows<PolyaComponent>(reward.components(), [&](const Component &c) {
        return PolyaComponent{arena.text(c.name), arena.text(c.help), c.low, c.high};
      });
    });
  }

  static void fill(PolyaRewardResult &row, const Verdict &verdict, const Arena &arena) {
    row.verdict = verdict.verdict;
    row.score = verdict.score;
    row.confidence = verdict.confidence;
    row.components = arena.copy(verdict.components);
    row.extracted =
        verdict.extracted_text.empty() ? polya::text(verdict.extracted) : arena.text(verdict.extracted_text);
    row.notes = arena.notes(verdict.notes);
    row.detail_json = arena.text(verdict.detail_json);
  }

  static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    if (const PolyaStatus status = answer(call, [&] { same_count(in.count, out.count); })) return status;
    return rows<PolyaRewardResult>(call, out, [&](std::uint64_t i, PolyaRewardResult &row) {
      fill(row, role<Reward>(self).score(item(read<PolyaRewardItem>(in, i)), Call(call)), Arena(call));
    });
  }

  /* A row is asked for when the first of its group is: what that throws, every row of the group throws. */
  static PolyaStatus score_groups(PolyaInstance *self, const PolyaCall *call, PolyaRows in,
                                  PolyaRowsMut out) noexcept {
    std::vector<std::uint64_t> groups;
    std::map<std::uint64_t, std::vector<RewardItem>> items;
    std::map<std::uint64_t, std::vector<Verdict>> verdicts;
    std::map<std::uint64_t, std::exception_ptr> failures;
    std::map<std::uint64_t, std::size_t> given;
    const PolyaStatus status = answer(call, [&] {
      same_count(in.count, out.count);
      for (std::uint64_t i = 0; i < in.count; i++) {
        const auto raw = read<PolyaRewardItem>(in, i);
        groups.push_back(raw.group_id);
        items[raw.group_id].push_back(item(raw));
      }
    });
    if (status) return status;
    return rows<PolyaRewardResult>(call, out, [&](std::uint64_t i, PolyaRewardResult &row) {
      const std::uint64_t group = groups[i];
      if (const auto failure = failures.find(group); failure != failures.end()) std::rethrow_exception(failure->second);
      if (!verdicts.count(group)) {
        try {
          auto found = role<GroupReward>(self).score(items[group], Call(call));
          if (found.size() != items[group].size())
            throw Failure(Code::internal, "the reward gives too few or too many verdicts for a group");
          verdicts[group] = std::move(found);
        } catch (...) {
          failures[group] = std::current_exception();
          throw;
        }
      }
      fill(row, verdicts[group][given[group]++], Arena(call));
    });
  }

  template <class T>
  static const void *table() {
    if constexpr (std::is_base_of_v<GroupReward, T>) {
      static const PolyaReward table = {sizeof(PolyaReward), 0, describe<GroupReward>, score_groups};
      return &table;
    } else {
      static const PolyaReward table = {sizeof(PolyaReward), 0, describe<Reward>, score};
      return &table;
    }
  }
};

struct TasksTable {
  static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const Tasks &tasks = role<Tasks>(self);
      out->splits = arena.rows<PolyaSplit>(tasks.splits(), [&](const Split &s) {
        return PolyaSplit{arena.text(s.name), arena.text(s.help), s.count, s.out_of_distribution ? 1u : 0u, 0};
      });
      out->heuristics = arena.heuristics(tasks.heuristics());
    });
  }

  static void check(const std::vector<Split> &splits, const TaskPlace &place) {
    const auto split =
        std::find_if(splits.begin(), splits.end(), [&](const Split &s) { return s.name == place.split; });
    if (split == splits.end()) throw Failure(Code::not_found, "there is no split '" + std::string(place.split) + "'");
    if (split->count && place.index >= split->count)
      throw Failure(Code::not_found, "the split '" + split->name + "' has " + std::to_string(split->count) +
                                         " tasks, there is no " + std::to_string(place.index));
  }

  static PolyaStatus produce(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *in,
                             PolyaRowsMut out) noexcept {
    std::vector<Split> splits;
    const PolyaStatus status = answer(call, [&] {
      same_count(in->count, out.count);
      splits = role<Tasks>(self).splits();
      const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max(), more = in->count - 1;
      if (in->count)
        check(splits, {view(in->split), in->first > largest - more ? largest : in->first + more, in->seed});
    });
    if (status) return status;
    return rows<PolyaTask>(call, out, [&](std::uint64_t i, PolyaTask &row) {
      const Arena arena(call);
      const Task task = role<Tasks>(self).task({view(in->split), in->first + i, in->seed}, Call(call));
      row.key = arena.text(task.key);
      row.question = arena.text(task.question);
      row.reference = arena.text(task.reference);
      row.reference_kind = arena.text(task.reference_kind);
      row.kind = arena.text(task.kind);
      row.level = task.level;
      row.metadata_json = arena.text(task.metadata_json);
    });
  }

  static PolyaStatus demonstrate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    std::vector<Split> splits;
    const PolyaStatus status = answer(call, [&] {
      same_count(in.count, out.count);
      splits = role<Tasks>(self).splits();
    });
    if (status) return status;
    return rows<PolyaDemonstration>(call, out, [&](std::uint64_t i, PolyaDemonstration &row) {
      const auto item = read<PolyaDemonstrationItem>(in, i);
      const TaskPlace place{view(item.split), item.index, item.seed};
      check(splits, place);
      const auto solution = role<Tasks>(self).demonstrate(view(item.heuristic), place, Call(call));
      if (solution) row.solution = Arena(call).text(*solution);
      if (!solution) row.status = POLYA_UNSUPPORTED;
    });
  }

  template <class T>
  static const void *table() {
    static const PolyaTasks table = {sizeof(PolyaTasks), 0, describe, produce, demonstrate};
    return &table;
  }
};

}  // namespace boundary
}  // namespace polya

#endif
