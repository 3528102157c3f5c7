/* polya_module.hpp - what the host reads of classes and of their module. Authors need not read it. */
#ifndef POLYA_MODULE_HPP
#define POLYA_MODULE_HPP

#include "polya_model_table.hpp"
#include "polya_tables.hpp"

namespace polya {
namespace boundary {

/* ---- descriptors ------------------------------------------------------------------------------------------------ */

template <class T>
constexpr bool is_reward = std::is_base_of_v<Reward, T> || std::is_base_of_v<GroupReward, T>;

template <class T>
constexpr const char *kind() {
  if constexpr (std::is_base_of_v<Strategy, T>) return POLYA_STRATEGY;
  if constexpr (is_reward<T>) return POLYA_REWARD;
  if constexpr (std::is_base_of_v<Tasks, T>) return POLYA_TASKS;
  if constexpr (std::is_base_of_v<Model, T>) return POLYA_MODEL;
}

template <class T>
using TableOf = std::conditional_t<
    std::is_base_of_v<Strategy, T>, StrategyTable,
    std::conditional_t<is_reward<T>, RewardTable,
                       std::conditional_t<std::is_base_of_v<Tasks, T>, TasksTable, ModelTable>>>;

/* What the host reads of one class. Never destroyed: the host may read it until the process ends. */
template <class T>
class Descriptor {
  static_assert(std::is_base_of_v<Plugin, T>, "derive from polya::Strategy, Reward, GroupReward, Tasks or Model");

 public:
  static const PolyaPlugin *shared(const char *version) {
    static const Descriptor *const descriptor = new Descriptor(version);
    return &descriptor->plugin_;
  }

 private:
  About about_ = T::about();
  std::string version_;
  std::vector<Option> options_ = T::options();
  std::vector<std::vector<PolyaChoice>> choices_;
  std::vector<PolyaOption> rows_;
  PolyaPlugin plugin_{};

  explicit Descriptor(const char *version) : version_(version) {
    choices_.resize(options_.size());
    for (std::size_t i = 0; i < options_.size(); i++) rows_.push_back(row(options_[i], choices_[i]));
    plugin_.struct_size = sizeof(PolyaPlugin);
    plugin_.traits = about_.traits | (std::is_base_of_v<GroupReward, T> ? POLYA_TRAIT_WHOLE_GROUPS : 0);
    plugin_.id = polya::text(about_.id);
    plugin_.kind = polya::text(kind<T>());
    plugin_.version = polya::text(version_);
    plugin_.title = polya::text(about_.title);
    plugin_.summary = polya::text(about_.summary);
    plugin_.guide = polya::text(about_.guide);
    plugin_.options = {rows_.data(), rows_.size(), sizeof(PolyaOption), 0};
    plugin_.user = &options_;
    plugin_.create = create;
    plugin_.destroy = destroy;
    plugin_.table = table;
  }

  static PolyaOption row(const Option &option, std::vector<PolyaChoice> &choices) {
    for (const auto &[value, help] : option.choices) choices.push_back({polya::text(value), polya::text(help)});
    PolyaOption row{};
    row.key = polya::text(option.key);
    row.help = polya::text(option.help);
    row.default_json = polya::text(option.default_json);
    row.type = option.type;
    row.flags = option.flags;
    row.int_min = option.int_min;
    row.int_max = option.int_max;
    row.real_min = option.real_min;
    row.real_max = option.real_max;
    row.choices = {choices.data(), choices.size(), sizeof(PolyaChoice), 0};
    return row;
  }

  static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values,
                            PolyaInstance **out) noexcept {
    return answer(call, [&] {
      const auto &options = *static_cast<const std::vector<Option> *>(plugin->user);
      Plugin *instance = new T(Options(options, values));
      *out = reinterpret_cast<PolyaInstance *>(instance);
    });
  }
  static void destroy(const PolyaPlugin *, PolyaInstance *instance) noexcept {
    delete reinterpret_cast<Plugin *>(instance);
  }
  static const void *table(const PolyaPlugin *, const char *id) noexcept {
    return std::strcmp(id, kind<T>()) ? nullptr : TableOf<T>::template table<T>();
  }
};

/* The plugins of one shared object. */
template <class... Classes>
class Contents {
 public:
  static const PolyaModule *entry(const char *name, const char *version, const PolyaHost *host) noexcept {
    try {
      static const PolyaModule module = make(name, version);
      return &module;
    } catch (...) {
      host->log(host, POLYA_LOG_ERROR, polya::text(name), polya::text("the module cannot describe itself"));
      return nullptr;
    }
  }

 private:
  inline static std::array<const PolyaPlugin *, sizeof...(Classes)> plugins_ = {};

  static PolyaModule make(const char *name, const char *version) {
    plugins_ = {Descriptor<Classes>::shared(version)...};
    PolyaModule module{};
    module.struct_size = sizeof(PolyaModule);
    module.magic = POLYA_MAGIC;
    module.abi_major = POLYA_ABI_MAJOR;
    module.abi_minor = POLYA_ABI_MINOR;
    module.plugin_count = sizeof...(Classes);
    module.name = polya::text(name);
    module.version = polya::text(version);
    module.toolchain = polya::text("c++");
    module.plugin_at = at;
    return module;
  }
  static const PolyaPlugin *at(std::uint32_t index) noexcept {
    return index < plugins_.size() ? plugins_[index] : nullptr;
  }
};

}  // namespace boundary
}  // namespace polya

#endif
