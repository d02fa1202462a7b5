// The list. What is not here is refused: whatever reads or writes files (from_file, save), looks at
// memory that no tensor was given (as_strided, set_, resize_), shows memory that nobody has
// written (empty), changes the process (manual_seed), trusts its arguments more than a file
// deserves (embedding_bag, packed sequences, sparse and quantized tensors, lu_solve), or belongs to
// the insides of PyTorch (_foreach_*, mkldnn_*, cudnn_*) or to another library.
#include "trust/operators.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "guard.h"
#include "json.h"

namespace tsrt {
namespace {

struct Topic {
  std::string_view name;
  std::string_view why;
  std::string_view operators;  // sorted, with blanks between
};

// clang-format off
constexpr Topic topics[] = {
    {"arithmetic", "One number out for each in; results depend on the arguments alone.",
     "aten::__and__ aten::__iand__ aten::__ior__ aten::__ixor__ aten::__lshift__ aten::__or__ "
     "aten::__rshift__ aten::__xor__ aten::abs aten::abs_ aten::absolute aten::absolute_ "
     "aten::acos aten::acos_ aten::acosh aten::acosh_ aten::add aten::add_ aten::addcdiv "
     "aten::addcdiv_ aten::addcmul aten::addcmul_ aten::angle aten::arccos aten::arccos_ "
     "aten::arccosh aten::arccosh_ aten::arcsin aten::arcsin_ aten::arcsinh aten::arcsinh_ "
     "aten::arctan aten::arctan2 aten::arctan2_ aten::arctan_ aten::arctanh aten::arctanh_ "
     "aten::asin aten::asin_ aten::asinh aten::asinh_ aten::atan aten::atan2 aten::atan2_ "
     "aten::atan_ aten::atanh aten::atanh_ aten::bitwise_and aten::bitwise_and_ "
     "aten::bitwise_left_shift aten::bitwise_left_shift_ aten::bitwise_not aten::bitwise_not_ "
     "aten::bitwise_or aten::bitwise_or_ aten::bitwise_right_shift aten::bitwise_right_shift_ "
     "aten::bitwise_xor aten::bitwise_xor_ aten::ceil aten::ceil_ aten::clamp aten::clamp_ "
     "aten::clamp_max aten::clamp_max_ aten::clamp_min aten::clamp_min_ aten::clip aten::clip_ "
     "aten::complex aten::conj aten::conj_physical aten::conj_physical_ aten::copysign "
     "aten::copysign_ aten::cos aten::cos_ aten::cosh aten::cosh_ aten::deg2rad aten::deg2rad_ "
     "aten::digamma aten::digamma_ aten::div aten::div_ aten::divide aten::divide_ aten::eq "
     "aten::eq_ aten::erf aten::erf_ aten::erfc aten::erfc_ aten::erfinv aten::erfinv_ "
     "aten::exp aten::exp2 aten::exp2_ aten::exp_ aten::expm1 aten::expm1_ aten::fix "
     "aten::fix_ aten::float_power aten::float_power_ aten::floor aten::floor_ "
     "aten::floor_divide aten::floor_divide_ aten::fmax aten::fmin aten::fmod aten::fmod_ "
     "aten::frac aten::frac_ aten::frexp aten::ge aten::ge_ aten::greater aten::greater_ "
     "aten::greater_equal aten::greater_equal_ aten::gt aten::gt_ aten::heaviside "
     "aten::heaviside_ aten::hypot aten::hypot_ aten::i0 aten::i0_ aten::igamma aten::igamma_ "
     "aten::igammac aten::igammac_ aten::imag aten::isclose aten::isfinite aten::isin "
     "aten::isinf aten::isnan aten::isneginf aten::isposinf aten::isreal aten::ldexp "
     "aten::ldexp_ aten::le aten::le_ aten::lerp aten::lerp_ aten::less aten::less_ "
     "aten::less_equal aten::less_equal_ aten::lgamma aten::lgamma_ aten::log aten::log10 "
     "aten::log10_ aten::log1p aten::log1p_ aten::log2 aten::log2_ aten::log_ aten::logaddexp "
     "aten::logaddexp2 aten::logical_and aten::logical_and_ aten::logical_not "
     "aten::logical_not_ aten::logical_or aten::logical_or_ aten::logical_xor "
     "aten::logical_xor_ aten::logit aten::logit_ aten::lt aten::lt_ aten::maximum "
     "aten::minimum aten::mul aten::mul_ aten::multiply aten::multiply_ aten::mvlgamma "
     "aten::mvlgamma_ aten::nan_to_num aten::nan_to_num_ aten::ne aten::ne_ aten::neg "
     "aten::neg_ aten::negative aten::negative_ aten::nextafter aten::nextafter_ "
     "aten::not_equal aten::not_equal_ aten::polar aten::polygamma aten::polygamma_ "
     "aten::positive aten::pow aten::pow_ aten::rad2deg aten::rad2deg_ aten::real "
     "aten::reciprocal aten::reciprocal_ aten::remainder aten::remainder_ aten::resolve_conj "
     "aten::resolve_neg aten::round aten::round_ aten::rsqrt aten::rsqrt_ aten::rsub aten::sgn "
     "aten::sgn_ aten::sigmoid aten::sigmoid_ aten::sign aten::sign_ aten::signbit aten::sin "
     "aten::sin_ aten::sinc aten::sinc_ aten::sinh aten::sinh_ aten::special_bessel_j0 "
     "aten::special_bessel_j1 aten::special_digamma aten::special_entr aten::special_erf "
     "aten::special_erfc aten::special_erfcx aten::special_erfinv aten::special_exp2 "
     "aten::special_expit aten::special_expm1 aten::special_gammainc aten::special_gammaincc "
     "aten::special_gammaln aten::special_i0 aten::special_i0e aten::special_i1 "
     "aten::special_i1e aten::special_log1p aten::special_log_ndtr aten::special_logit "
     "aten::special_ndtr aten::special_ndtri aten::special_polygamma aten::special_psi "
     "aten::special_round aten::special_sinc aten::special_xlog1py aten::special_xlogy "
     "aten::special_zeta aten::sqrt aten::sqrt_ aten::square aten::square_ aten::sub "
     "aten::sub_ aten::subtract aten::subtract_ aten::tan aten::tan_ aten::tanh aten::tanh_ "
     "aten::true_divide aten::true_divide_ aten::trunc aten::trunc_ aten::view_as_complex "
     "aten::view_as_real aten::where aten::xlogy aten::xlogy_"},
    {"activations and losses", "The same, with a few numbers to shape the curve; targets are checked against their range.",
     "aten::_log_softmax aten::_softmax aten::alpha_dropout aten::alpha_dropout_ "
     "aten::binary_cross_entropy aten::binary_cross_entropy_with_logits aten::celu aten::celu_ "
     "aten::cosine_embedding_loss aten::cosine_similarity aten::cross_entropy_loss "
     "aten::dropout aten::dropout_ aten::elu aten::elu_ aten::feature_alpha_dropout "
     "aten::feature_alpha_dropout_ aten::feature_dropout aten::feature_dropout_ aten::gelu "
     "aten::gelu_ aten::glu aten::hardshrink aten::hardsigmoid aten::hardsigmoid_ "
     "aten::hardswish aten::hardswish_ aten::hardtanh aten::hardtanh_ "
     "aten::hinge_embedding_loss aten::huber_loss aten::kl_div aten::l1_loss aten::leaky_relu "
     "aten::leaky_relu_ aten::log_sigmoid aten::log_softmax aten::margin_ranking_loss "
     "aten::mish aten::mish_ aten::mse_loss aten::nll_loss aten::nll_loss2d aten::nll_loss_nd "
     "aten::poisson_nll_loss aten::prelu aten::relu aten::relu6 aten::relu6_ aten::relu_ "
     "aten::selu aten::selu_ aten::silu aten::silu_ aten::smooth_l1_loss "
     "aten::soft_margin_loss aten::softmax aten::softplus aten::softshrink "
     "aten::special_log_softmax aten::special_softmax aten::threshold aten::threshold_ "
     "aten::triplet_margin_loss"},
    {"reductions and order", "Fewer numbers out than in; dimensions are checked.",
     "aten::_unique2 aten::all aten::allclose aten::amax aten::amin aten::aminmax aten::any "
     "aten::argmax aten::argmin aten::argsort aten::argwhere aten::bincount aten::bucketize "
     "aten::corrcoef aten::count_nonzero aten::cov aten::cummax aten::cummin aten::cumprod "
     "aten::cumprod_ aten::cumsum aten::cumsum_ aten::cumulative_trapezoid aten::diff "
     "aten::equal aten::frobenius_norm aten::histc aten::is_nonzero aten::kthvalue "
     "aten::logcumsumexp aten::logsumexp aten::max aten::mean aten::median aten::min "
     "aten::mode aten::msort aten::nanmean aten::nanmedian aten::nanquantile aten::nansum "
     "aten::norm aten::nuclear_norm aten::prod aten::quantile aten::renorm aten::renorm_ "
     "aten::searchsorted aten::sort aten::special_logsumexp aten::std aten::std_mean aten::sum "
     "aten::sum_to_size aten::topk aten::trapezoid aten::trapz aten::unique_consecutive "
     "aten::unique_dim aten::unique_dim_consecutive aten::var aten::var_mean"},
    {"matrices", "Products, decompositions and solutions that check the shapes they are given.",
     "aten::addbmm aten::addbmm_ aten::addmm aten::addmm_ aten::addmv aten::addmv_ aten::addr "
     "aten::addr_ aten::baddbmm aten::baddbmm_ aten::bilinear aten::bmm aten::cdist "
     "aten::chain_matmul aten::cholesky aten::cholesky_inverse aten::cross aten::det "
     "aten::dist aten::dot aten::einsum aten::ger aten::inner aten::inverse aten::kron "
     "aten::linalg_cholesky aten::linalg_cholesky_ex aten::linalg_cross aten::linalg_det "
     "aten::linalg_diagonal aten::linalg_inv aten::linalg_inv_ex aten::linalg_matmul "
     "aten::linalg_matrix_exp aten::linalg_matrix_norm aten::linalg_matrix_power "
     "aten::linalg_multi_dot aten::linalg_norm aten::linalg_pinv aten::linalg_qr "
     "aten::linalg_slogdet aten::linalg_solve aten::linalg_solve_triangular aten::linalg_svd "
     "aten::linalg_svdvals aten::linalg_vander aten::linalg_vecdot aten::linalg_vector_norm "
     "aten::linear aten::logdet aten::matmul aten::matrix_exp aten::matrix_power aten::mm "
     "aten::mv aten::outer aten::pairwise_distance aten::pdist aten::pinverse aten::qr "
     "aten::slogdet aten::svd aten::tensordot aten::trace aten::triangular_solve aten::vander "
     "aten::vdot"},
    {"layers", "Convolution, pooling, normalization, recurrence, attention, resampling.",
     "aten::__interpolate aten::__upsample aten::__upsample_bilinear aten::__upsample_nearest "
     "aten::_convolution aten::_convolution_mode aten::_upsample_nearest_exact1d "
     "aten::_upsample_nearest_exact2d aten::_upsample_nearest_exact3d "
     "aten::adaptive_avg_pool1d aten::adaptive_avg_pool2d aten::adaptive_avg_pool3d "
     "aten::adaptive_max_pool1d aten::adaptive_max_pool2d aten::adaptive_max_pool3d "
     "aten::affine_grid_generator aten::avg_pool1d aten::avg_pool2d aten::avg_pool3d "
     "aten::batch_norm aten::channel_shuffle aten::col2im aten::conv1d aten::conv2d "
     "aten::conv3d aten::conv_tbc aten::conv_transpose1d aten::conv_transpose2d "
     "aten::conv_transpose3d aten::convolution aten::embedding aten::grid_sampler "
     "aten::group_norm aten::gru aten::gru_cell aten::im2col aten::instance_norm "
     "aten::layer_norm aten::lstm aten::lstm_cell aten::max_pool1d "
     "aten::max_pool1d_with_indices aten::max_pool2d aten::max_pool2d_with_indices "
     "aten::max_pool3d aten::max_pool3d_with_indices aten::native_channel_shuffle "
     "aten::pixel_shuffle aten::pixel_unshuffle aten::rms_norm aten::rnn_relu "
     "aten::rnn_relu_cell aten::rnn_tanh aten::rnn_tanh_cell "
     "aten::scaled_dot_product_attention aten::upsample_bicubic2d aten::upsample_bilinear2d "
     "aten::upsample_linear1d aten::upsample_nearest1d aten::upsample_nearest2d "
     "aten::upsample_nearest3d aten::upsample_trilinear3d"},
    {"shape", "Views within the tensor's own elements, and copies of parts of it; bounds are checked.",
     "aten::_shape_as_tensor aten::adjoint aten::alias aten::atleast_1d aten::atleast_2d "
     "aten::atleast_3d aten::block_diag aten::broadcast_tensors aten::broadcast_to "
     "aten::cartesian_prod aten::cat aten::chunk aten::clone aten::column_stack "
     "aten::combinations aten::concat aten::concatenate aten::constant_pad_nd aten::contiguous "
     "aten::copy_ aten::detach aten::detach_ aten::diag aten::diag_embed aten::diagflat "
     "aten::diagonal aten::diagonal_scatter aten::dsplit aten::dstack aten::expand "
     "aten::expand_as aten::fill_ aten::fill_diagonal_ aten::flatten aten::flip aten::fliplr "
     "aten::flipud aten::gather aten::gradient aten::hsplit aten::hstack aten::index "
     "aten::index_add aten::index_add_ aten::index_copy aten::index_copy_ aten::index_fill "
     "aten::index_fill_ aten::index_put aten::index_put_ aten::index_reduce "
     "aten::index_reduce_ aten::index_select aten::mH aten::mT aten::masked_fill "
     "aten::masked_fill_ aten::masked_scatter aten::masked_scatter_ aten::masked_select "
     "aten::matrix_H aten::meshgrid aten::moveaxis aten::movedim aten::narrow aten::nonzero "
     "aten::nonzero_numpy aten::numpy_T aten::one_hot aten::pad aten::pad_sequence "
     "aten::permute aten::put aten::put_ aten::ravel aten::reflection_pad1d "
     "aten::reflection_pad2d aten::reflection_pad3d aten::repeat aten::repeat_interleave "
     "aten::replication_pad1d aten::replication_pad2d aten::replication_pad3d aten::reshape "
     "aten::reshape_as aten::roll aten::rot90 aten::row_stack aten::scatter aten::scatter_ "
     "aten::scatter_add aten::scatter_add_ aten::scatter_reduce aten::scatter_reduce_ "
     "aten::select aten::select_scatter aten::slice aten::slice_scatter aten::split "
     "aten::split_with_sizes aten::squeeze aten::squeeze_ aten::stack aten::swapaxes "
     "aten::swapaxes_ aten::swapdims aten::swapdims_ aten::t aten::t_ aten::take "
     "aten::take_along_dim aten::tensor_split aten::tile aten::transpose aten::transpose_ "
     "aten::tril aten::tril_ aten::triu aten::triu_ aten::type_as aten::unbind aten::unflatten "
     "aten::unfold aten::unsqueeze aten::unsqueeze_ aten::view aten::view_as aten::vsplit "
     "aten::vstack aten::zero_"},
    {"new tensors", "All of their elements are written before anybody reads them.",
     "aten::arange aten::as_tensor aten::bartlett_window aten::blackman_window aten::eye "
     "aten::fft_fftfreq aten::fft_rfftfreq aten::full aten::full_like aten::hamming_window "
     "aten::hann_window aten::kaiser_window aten::linspace aten::logspace aten::new_full "
     "aten::new_ones aten::new_zeros aten::ones aten::ones_like aten::range "
     "aten::scalar_tensor aten::tensor aten::tril_indices aten::triu_indices aten::zeros "
     "aten::zeros_like"},
    {"random numbers", "They draw from the process's generator, as tsrt_manual_seed says; they cannot set it.",
     "aten::bernoulli aten::bernoulli_ aten::binomial aten::cauchy_ aten::exponential_ "
     "aten::geometric_ aten::log_normal_ aten::multinomial aten::normal aten::normal_ "
     "aten::poisson aten::rand aten::rand_like aten::randint aten::randint_like aten::randn "
     "aten::randn_like aten::random_ aten::randperm aten::rrelu aten::rrelu_ aten::uniform_"},
    {"spectra", "Fourier transforms of the tensor's own elements.",
     "aten::fft_fft aten::fft_fft2 aten::fft_fftn aten::fft_fftshift aten::fft_hfft "
     "aten::fft_hfft2 aten::fft_hfftn aten::fft_ifft aten::fft_ifft2 aten::fft_ifftn "
     "aten::fft_ifftshift aten::fft_ihfft aten::fft_ihfft2 aten::fft_ihfftn aten::fft_irfft "
     "aten::fft_irfft2 aten::fft_irfftn aten::fft_rfft aten::fft_rfft2 aten::fft_rfftn "
     "aten::istft aten::stft"},
    {"conversions", "Between dtypes, devices and plain numbers.",
     "aten::Bool aten::Complex aten::ComplexImplicit aten::Float aten::FloatImplicit aten::Int "
     "aten::IntImplicit aten::ScalarImplicit aten::_cast_Byte aten::_cast_Char "
     "aten::_cast_Double aten::_cast_Float aten::_cast_Half aten::_cast_Int aten::_cast_Long "
     "aten::_cast_Short aten::_list_to_tensor aten::_local_scalar_dense aten::_tensor_to_list "
     "aten::_to_copy aten::can_cast aten::cpu aten::cuda aten::item aten::lift_fresh "
     "aten::promote_types aten::result_type aten::to"},
    {"questions", "What a tensor is.",
     "aten::Size aten::_infer_size aten::broadcast_shapes aten::dense_dim aten::device "
     "aten::dim aten::element_size aten::get_device aten::has_torch_function "
     "aten::is_autocast_cpu_enabled aten::is_autocast_enabled aten::is_complex aten::is_conj "
     "aten::is_contiguous aten::is_floating_point aten::is_grad_enabled aten::is_inference "
     "aten::is_leaf aten::is_neg aten::is_same_size aten::is_scripting aten::is_signed "
     "aten::len aten::numel aten::size aten::storage_offset aten::stride aten::sym_numel "
     "aten::sym_size"},
    {"gradients", "Of what the model computed itself; force fields differentiate inside forward.",
     "aten::grad aten::requires_grad_ aten::set_grad_enabled"},
    {"text, lists, dicts and numbers", "Values of the language; indices are checked.",
     "aten::Delete aten::__contains__ aten::__derive_index aten::__getitem__ aten::__is__ "
     "aten::__isnot__ aten::__not__ aten::__range_length aten::__round_to_zero_floordiv "
     "aten::_set_item aten::_unwrap_optional aten::append aten::bin aten::capitalize aten::chr "
     "aten::clear aten::copy aten::degrees aten::dict aten::endswith "
     "aten::extend aten::fabs aten::find aten::floordiv aten::format "
     "aten::gamma aten::get aten::hash aten::hex aten::insert aten::isalnum "
     "aten::isalpha aten::isdecimal aten::isdigit aten::isidentifier aten::islower "
     "aten::isnumeric aten::isprintable aten::isspace aten::istitle aten::isupper aten::items "
     "aten::join aten::keys aten::list aten::lower aten::lstrip aten::mathremainder "
     "aten::modf aten::oct aten::ord aten::partition aten::percentFormat aten::pop "
     "aten::popitem aten::radians aten::remove aten::reverse aten::rfind aten::rindex "
     "aten::rpartition aten::rstrip aten::setdefault aten::sorted aten::splitlines "
     "aten::startswith aten::str aten::strip aten::swapcase aten::title aten::update "
     "aten::upper aten::values aten::warn"},
    {"the language", "What LibTorch's compiler makes of the code itself. prim::Print writes where tsrt_set_print_handler says.",
     "prim::EnumName prim::EnumValue prim::NumToTensor prim::Print "
     "prim::RaiseException prim::StringIndex prim::TupleIndex prim::TupleUnpack "
     "prim::Uninitialized prim::abs prim::data prim::device prim::dtype prim::index prim::is_cpu "
     "prim::is_cuda prim::is_meta prim::is_mkldnn prim::is_mps prim::is_nested "
     "prim::is_quantized prim::is_sparse prim::is_sparse_csr prim::is_xla prim::is_xpu "
     "prim::itemsize prim::layout prim::max prim::min prim::nbytes prim::rangelist "
     "prim::requires_grad prim::tolist prim::type prim::unchecked_cast"},
};
// clang-format on

// Overloads of the above that are refused. All with an argument `out` are, too.
constexpr std::string_view refused[] = {
    "aten::count",        // counts empty texts for ever; that of a list is another overload
    "aten::sort.Tensor",  // by a comparison that need not make sense, on which std::sort relies
    "aten::sort.any",    "aten::sort.float",   "aten::sorted.Tensor",
    "aten::sorted.any",  "aten::sorted.float",
    "aten::view.dtype",  // makes what a bool or a quantized tensor must not hold
};

template <class Visit>
void each_name(std::string_view names, const Visit& visit) {
  while (!names.empty()) {
    const size_t end = std::min(names.find(' '), names.size());
    visit(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

const std::unordered_set<std::string_view>& trusted() {
  static const auto* all = [] {
    auto* names = new std::unordered_set<std::string_view>;
    for (const Topic& topic : topics)
      each_name(topic.operators, [&](std::string_view name) { names->insert(name); });
    return names;
  }();
  return *all;
}

// With a scale of its own these read where there is no image; the overload "vec" works it out.
bool resamples(std::string_view name) {
  return name.starts_with("aten::upsample_") || name.starts_with("aten::_upsample_");
}

}  // namespace

bool is_trusted_operator(std::string_view name) {
  return trusted().count(name) != 0;
}

bool is_trusted_overload(const c10::FunctionSchema& schema) {
  if (!is_trusted_operator(schema.name())) return false;
  if (resamples(schema.name()) && schema.overload_name() != "vec") return false;
  const std::string name =
      schema.name() + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
  const auto& arguments = schema.arguments();
  return std::find(std::begin(refused), std::end(refused), name) == std::end(refused) &&
         std::none_of(arguments.begin(), arguments.end(),
                      [](const c10::Argument& each) { return each.is_out(); });
}

std::string trusted_operators_json() {
  Json out;
  out.begin_array();
  for (const Topic& topic : topics) {
    out.begin_object();
    out.key("topic");
    out.string(topic.name);
    out.key("why");
    out.string(topic.why);
    out.key("operators");
    out.begin_array();
    each_name(topic.operators, [&](std::string_view name) { out.string(name); });
    out.end_array();
    out.end_object();
  }
  out.end_array();
  return out.text();
}

}  // namespace tsrt

tsrt_error* tsrt_trusted_operators(char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    *json = tsrt::new_string(tsrt::trusted_operators_json());
  });
}
