/* polya_tables.hpp - the C tables of the roles of polya.hpp. Authors need not read it. */
#ifndef POLYA_TABLES_HPP
#define POLYA_TABLES_HPP

#include "polya_boundary.hpp"

#include <algorithm>
#include <limits>

namespace polya {
namespace boundary {

struct StrategyTable {
  static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaStrategyInfo *out) noexcept {
    return answer(call, [&] { out->heuristics = Arena(call).heuristics(role<Strategy>(self).heuristics()); });
  }

  static StrategyItem item(const PolyaStrategyItem &raw) {
    return {raw.item_id,
            view(raw.question),
            view(raw.heuristic),
            collect<PolyaExemplar>(
                raw.exemplars,
                [](const PolyaExemplar &e) { return Exemplar{view(e.question), view(e.heuristic), view(e.solution)}; }),
            messages(raw.transcript),
            view(raw.state),
            view(raw.meta_json),
            raw.turn};
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
      row.samples = move.samples;
      row.max_tokens = move.max_tokens;
      row.temperature = move.temperature;
      row.answer = arena.text(move.answer);
      row.state = arena.bytes(move.state);
    });
  }

  static PolyaStatus judged(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out,
                            bool scores) noexcept {
    if (const PolyaStatus status = answer(call, [&] { same_count(in.count, out.count); })) return status;
    return rows<PolyaJudgement>(call, out, [&](std::uint64_t i, PolyaJudgement &row) {
      const Arena arena(call);
      const auto raw = read<PolyaAnswerItem>(in, i);
      const AnswerItem item{raw.item_id, view(raw.question), view(raw.heuristic), view(raw.answer),
                            messages(raw.transcript)};
      const Judgement judgement = role<JudgingStrategy>(self).judge(item, Call(call));
      row.segments = arena.segments(judgement.segments);
      if (!scores) return;
      row.adherence = judgement.adherence;
      row.confidence = judgement.confidence;
      row.notes = arena.notes(judgement.notes);
    });
  }
  static PolyaStatus segment(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return judged(self, call, in, out, false);
  }
  static PolyaStatus judge(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return judged(self, call, in, out, true);
  }

  template <class T>
  static const void *table() {
    constexpr bool judges = std::is_base_of_v<JudgingStrategy, T>;
    static const PolyaStrategy table = {sizeof(PolyaStrategy),      0, describe, next, judges ? segment : nullptr,
                                        judges ? judge : nullptr};
    return &table;
  }
};

struct RewardTable {
  static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const Reward &reward = role<Reward>(self);
      out->low = reward.range().low;
      out->high = reward.range().high;
      out->components = arena.rows<PolyaComponent>(reward.components(), [&](const Component &c) {
        return PolyaComponent{arena.text(c.name), arena.text(c.help), c.low, c.high};
      });
    });
  }

  static RewardItem item(const PolyaRewardItem &raw) {
    return {raw.item_id,          raw.group_id,           view(raw.question),  view(raw.completion),
            view(raw.reference),  view(raw.reference_kind), view(raw.meta_json), view(raw.completion_raw),
            view(raw.tokens),     {raw.logprobs, raw.logprobs ? raw.tokens.count : 0}};
  }

  static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    if (const PolyaStatus status = answer(call, [&] { same_count(in.count, out.count); })) return status;
    return rows<PolyaRewardResult>(call, out, [&](std::uint64_t i, PolyaRewardResult &row) {
      const Arena arena(call);
      const Verdict verdict = role<Reward>(self).score(item(read<PolyaRewardItem>(in, i)), Call(call));
      row.verdict = verdict.verdict;
      row.score = verdict.score;
      row.confidence = verdict.confidence;
      row.components = arena.copy(verdict.components);
      row.extracted =
          verdict.extracted_text.empty() ? polya::text(verdict.extracted) : arena.text(verdict.extracted_text);
      row.notes = arena.notes(verdict.notes);
      row.detail_json = arena.text(verdict.detail_json);
    });
  }

  template <class T>
  static const void *table() {
    static const PolyaReward table = {sizeof(PolyaReward), 0, describe, score};
    return &table;
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
      row.meta_json = arena.text(task.meta_json);
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

struct ModelTable {
  template <bool trains>
  static PolyaStatus info(PolyaInstance *self, const PolyaCall *call, PolyaModelInfo *out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const ModelInfo info = role<Model>(self).info();
      out->name = arena.text(info.name);
      out->family = arena.text(info.family);
      out->device = arena.text(info.device);
      out->dtype = arena.text(info.dtype);
      out->features = POLYA_MODEL_TOKENIZES | POLYA_MODEL_LOGPROBS |
                      (trains ? POLYA_MODEL_TRAINS | POLYA_MODEL_SAVES : 0) |
                      (info.one_forward ? POLYA_MODEL_ONE_FORWARD : 0);
      out->parameters = info.parameters;
      out->vocab_size = info.vocab_size;
      out->context_length = info.context_length;
      out->bos = info.bos;
      out->eos = info.eos;
      out->pad = info.pad;
      out->max_batch = info.max_batch;
      std::copy(info.tokenizer_hash.begin(), info.tokenizer_hash.end(), out->tokenizer_hash);
    });
  }

  static PolyaStatus encode(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      same_count(in.count, out.count);
      for (std::uint64_t i = 0; i < in.count; i++) {
        Call(call).check_stop();
        write(out, i, Arena(call).tokens(role<Model>(self).encode(view(read<PolyaText>(in, i)))));
      }
    });
  }

  static PolyaStatus decode(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      same_count(in.count, out.count);
      for (std::uint64_t i = 0; i < in.count; i++) {
        Call(call).check_stop();
        write(out, i, Arena(call).bytes(role<Model>(self).decode(view(read<PolyaTokens>(in, i)))));
      }
    });
  }

  static Prompt prompt(const PolyaPrompt &raw) {
    return {raw.item_id,     raw.seed,  messages(raw.messages), view(raw.tokens), raw.samples, raw.max_tokens,
            raw.temperature, raw.top_p, raw.min_p,              raw.top_k,
            collect<PolyaText>(raw.stop, [](PolyaText text) { return view(text); })};
  }

  static PolyaStatus generate(PolyaInstance *self, const PolyaCall *call, const PolyaGenerate *in,
                              PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const auto prompts = collect<PolyaPrompt>(in->prompts, prompt);
      const auto samples = role<Model>(self).generate(prompts, Call(call));
      same_count(samples.size(), out.count);
      std::uint64_t row = 0;
      for (const Prompt &prompt : prompts)
        for (std::uint32_t index = 0; index < prompt.samples && row < out.count; index++, row++) {
          const Sample &sample = samples[row];
          write(out, row, PolyaSample{POLYA_OK, sample.finish, prompt.id, index, sample.prompt_tokens,
                                      arena.bytes(sample.text), arena.tokens(sample.tokens),
                                      arena.copy(sample.logprobs)});
          if (in->finished) in->finished(in->user, row);
        }
      /* A model may end its samples early instead of throwing: the call says so all the same. */
      Call(call).check_stop();
    });
  }

  static std::vector<Sequence> sequences(PolyaRows in, PolyaRowsMut out) {
    same_count(in.count, out.count);
    std::vector<Sequence> sequences;
    for (std::uint64_t i = 0; i < in.count; i++) {
      const auto raw = read<PolyaSequence>(in, i);
      if (raw.from < 1 || raw.from > raw.tokens.count)
        throw Failure(Code::bad_argument, "a sequence of " + std::to_string(raw.tokens.count) +
                                              " tokens is to be scored from " + std::to_string(raw.from));
      sequences.push_back({view(raw.tokens), raw.from, raw.group, raw.temperature == 0 ? 1 : raw.temperature,
                           read<PolyaScored>(out.base, i, out.stride).entropies != nullptr});
    }
    return sequences;
  }

  static void fill(float *to, const std::vector<float> &values, std::size_t count) {
    if (!to) return;
    if (values.size() != count) throw Failure(Code::internal, "the model gives too few or too many numbers");
    std::copy(values.begin(), values.end(), to);
  }
  static void fill(PolyaRowsMut out, const std::vector<Sequence> &sequences, const std::vector<Scored> &scored) {
    same_count(scored.size(), out.count);
    for (std::uint64_t i = 0; i < out.count; i++) {
      const auto row = read<PolyaScored>(out.base, i, out.stride);
      const std::size_t count = sequences[i].tokens.size() - sequences[i].from;
      fill(row.logprobs, scored[i].logprobs, count);
      fill(row.entropies, scored[i].entropies, count);
    }
  }

  static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      const auto asked = sequences(in, out);
      fill(out, asked, role<Model>(self).score(asked, Call(call)));
    });
  }

  using Tape = TrainableModel::Tape;

  static PolyaStatus forward(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out,
                             PolyaTape **tape) noexcept {
    return answer(call, [&] {
      const auto asked = sequences(in, out);
      std::vector<Scored> scored;
      std::unique_ptr<Tape> kept = role<TrainableModel>(self).forward(asked, scored, Call(call));
      if (!kept) throw Failure(Code::internal, "forward() gives no tape");
      fill(out, asked, scored);
      *tape = reinterpret_cast<PolyaTape *>(kept.release());
    });
  }

  static PolyaStatus backward(PolyaInstance *self, const PolyaCall *call, PolyaTape *tape,
                              PolyaRows gradients) noexcept {
    const std::unique_ptr<Tape> consumed(reinterpret_cast<Tape *>(tape));
    return answer(call, [&] {
      const auto values = collect<PolyaGradient>(gradients, [](const PolyaGradient &g) {
        return Gradient{{g.dlogprobs, g.count}, {g.dentropies, g.count}};
      });
      role<TrainableModel>(self).backward(*consumed, values, Call(call));
    });
  }

  static void drop(PolyaInstance *, PolyaTape *tape) noexcept { delete reinterpret_cast<Tape *>(tape); }

  static PolyaStatus step(PolyaInstance *self, const PolyaCall *call, const PolyaStep *in,
                          PolyaStepReport *out) noexcept {
    return answer(call, [&] {
      const PolyaStepReport report = role<TrainableModel>(self).step(*in, Call(call));
      out->skipped = report.skipped;
      out->step = report.step;
      out->gradient_norm = report.gradient_norm;
      out->update_norm = report.update_norm;
    });
  }

  static PolyaStatus save(PolyaInstance *self, const PolyaCall *call, PolyaText folder) noexcept {
    return answer(call, [&] { role<TrainableModel>(self).save(std::string(view(folder)), Call(call)); });
  }

  static PolyaStatus load(PolyaInstance *self, const PolyaCall *call, PolyaText folder) noexcept {
    return answer(call, [&] { role<TrainableModel>(self).load(std::string(view(folder)), Call(call)); });
  }

  template <class T>
  static const void *table() {
    if constexpr (std::is_base_of_v<TrainableModel, T>) {
      static const PolyaModel table = {sizeof(PolyaModel), 0,     info<true>, encode, decode, nullptr, generate,
                                       score,              forward, backward, drop,   step,   save,    load,
                                       nullptr};
      return &table;
    } else {
      static const PolyaModel table = {sizeof(PolyaModel), 0,       info<false>, encode,  decode,  nullptr, generate,
                                       score,              nullptr, nullptr,     nullptr, nullptr, nullptr, nullptr,
                                       nullptr};
      return &table;
    }
  }
};

}  // namespace boundary
}  // namespace polya

#endif
