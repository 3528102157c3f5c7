/* polya_model_table.hpp - the C table of a model of polya.hpp. Authors need not read it. */
#ifndef POLYA_MODEL_TABLE_HPP
#define POLYA_MODEL_TABLE_HPP

#include "polya_boundary.hpp"
#include "polya_readers.hpp"

namespace polya {
namespace boundary {

struct ModelTable {
  template <class T>
  static PolyaStatus info(PolyaInstance *self, const PolyaCall *call, PolyaModelInfo *out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const ModelInfo info = role<Model>(self).info();
      out->name = arena.text(info.name);
      out->family = arena.text(info.family);
      out->device = arena.text(info.device);
      out->dtype = arena.text(info.dtype);
      out->features = (std::is_base_of_v<Chats, T> ? POLYA_MODEL_CHAT : 0) |
                      (info.one_forward ? POLYA_MODEL_ONE_FORWARD : 0);
      out->parameters = info.parameters;
      out->vocab_size = info.vocab_size;
      out->context_length = info.context_length;
      out->layers = info.layers;
      out->bos = info.bos;
      out->eos = info.eos;
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

  /* The class itself, since a mixin is no base of Plugin. */
  template <class T>
  static T &own(PolyaInstance *self) {
    return static_cast<T &>(*reinterpret_cast<Plugin *>(self));
  }

  template <class T>
  static PolyaStatus render(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      same_count(in.count, out.count);
      for (std::uint64_t i = 0; i < in.count; i++) {
        Call(call).check_stop();
        write(out, i, Arena(call).tokens(own<T>(self).render(messages(read<PolyaRows>(in, i)))));
      }
    });
  }

  template <class T>
  static PolyaStatus embed(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      same_count(in.count, out.count);
      for (std::uint64_t i = 0; i < in.count; i++) {
        Call(call).check_stop();
        const std::vector<float> values = own<T>(self).embed(view(read<PolyaTokens>(in, i)), Call(call));
        write(out, i, PolyaEmbedding{Arena(call).copy(values), values.size()});
      }
    });
  }

  static Prompt prompt(const PolyaPrompt &raw) {
    return {raw.item_id, raw.seed,  view(raw.tokens), raw.samples, raw.max_tokens, raw.temperature, raw.top_p,
            raw.min_p,   raw.top_k, collect<PolyaText>(raw.stop, [](PolyaText text) { return view(text); })};
  }

  static PolyaStatus generate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) noexcept {
    return answer(call, [&] {
      const Arena arena(call);
      const auto samples = role<Model>(self).generate(collect<PolyaPrompt>(in, prompt), Call(call));
      same_count(samples.size(), out.count);
      for (std::uint64_t row = 0; row < out.count; row++) {
        const Sample &sample = samples[row];
        write(out, row, PolyaSample{POLYA_OK, sample.finish, arena.bytes(sample.text), arena.tokens(sample.tokens),
                                    arena.copy(sample.logprobs), {}, {}, nullptr});
        if (sample.finish != POLYA_END_CANCELLED) call->finished(call, row);
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
  static PolyaModel make() {
    PolyaModel table{};
    table.struct_size = sizeof table;
    table.info = info<T>;
    table.encode = encode;
    table.decode = decode;
    table.generate = generate;
    table.score = score;
    if constexpr (std::is_base_of_v<Chats, T>) table.render = render<T>;
    if constexpr (std::is_base_of_v<Embeds, T>) table.embed = embed<T>;
    if constexpr (std::is_base_of_v<TrainableModel, T>) {
      table.forward = forward;
      table.backward = backward;
      table.drop = drop;
      table.step = step;
      table.save = save;
      table.load = load;
    }
    return table;
  }

  template <class T>
  static const void *table() {
    static const PolyaModel table = make<T>();
    return &table;
  }
};

}  // namespace boundary
}  // namespace polya

#endif
