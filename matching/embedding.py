"""Texts as vectors: what means alike lies close, also where no word is shared.

Embedders behind one protocol: `GramEmbedder` is built in, `SentenceEmbedder` is the extra `embed`, `Remembered` keeps the vectors of
another. A vector space is named by its embedder's id; vectors of two ids are never compared.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.analysis.text import grams
from graph.data.tables import glossary
from graph.record.errors import InvalidData, LianyinError, MissingExtra
from matching.lexical import Counts, count, gram_worth

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sentence_transformers import SentenceTransformer

DIMENSIONS = 256
MAGIC = b"lianyin grams 1\n"
REMEMBERED = b"lianyin vectors 1\n"
UNKNOWN = 0.2
"""Share of unknown tokens from which a vocabulary is too thin for the texts."""
WORDS_TOGETHER = 8
"""Words of a trade that make one document of the training."""
KNOWN_FROM = 2
"""Lines in which a word must stand to have a vector: of one line alone nothing is learnt but that line."""
STEPS = 2
"""Power of the singular values. One line that holds two words makes a step between them: with the usual half a step, words that are
never said together but both with a third stay apart (planted city, right partner first: half a step 25 %, one 84 %, two 100 %)."""
UNHEARD = 0.3
"""Weight of a pair of characters that was never learnt: below a rare word, since many such pairs are the ends of two words."""
COMMON = 1e-3
"""Share of all words at which a word's weight has fallen to half (the a of Arora et al. 2017)."""
ROUNDS, SPARE = 3, 16
"""Power iterations and spare columns of the randomised decomposition."""


class Embedder(Protocol):
    """What turns texts into vectors of one space."""

    @property
    def id(self) -> str:
        """Names the space: equal ids mean comparable vectors."""

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (texts, dimensions), each of length 1, or zero where nothing in the text is known."""

    def coverage(self, texts: Sequence[str]) -> float:
        """Share (0..1) of the texts' tokens that the vocabulary knows; 1 where there are none."""


class GramEmbedder:
    """Built in: positive pointwise mutual information of words and lines, cut to its largest singular directions.

    Words are pairs of Chinese characters and whole Latin words; single characters mean too many things (with them the planted city's
    right partner is first in 88 %, without in 100 %). A text is the sum of its words' vectors, common words weighing less (SIF, Arora
    et al. 2017), and those of many trades too. The weights are part of the kept vectors, so a text costs one sum over rows.
    """

    def __init__(self, known: Sequence[str], vectors: NDArray[np.float16]) -> None:
        self._known = tuple(known)
        self._number = {word: at for at, word in enumerate(self._known)}
        self._kept = vectors
        self._vectors = vectors.astype(np.float32)
        # from version to version nearly all texts are the same
        self._embedded = lru_cache(maxsize=1 << 14)(self._sum)

    @classmethod
    def train(cls, texts: Sequence[str], *, seed: int = 0, dimensions: int = DIMENSIONS) -> "GramEmbedder":
        """Learn from the user's texts, in any order, and the glossary; the same texts and seed give the same bytes."""
        lines = [*sorted(texts), *_glossary_lines()]
        known, counts = _well_known(count([_words(line) for line in lines]))
        places = _main_directions(_association(counts, (len(known), len(lines))), dimensions, seed)
        lengths = np.sqrt(np.square(places).sum(axis=1, keepdims=True))
        worth = np.array([gram_worth().get(word, 1.0) ** 0.5 for word in known])
        vectors = places / np.maximum(lengths, np.finfo(np.float64).tiny) * (_weights(counts, len(known)) * worth)[:, None]
        return cls(known, vectors.astype(np.float16))

    @cached_property
    def id(self) -> str:
        return f"grams-{blake2b(self.to_bytes(), digest_size=16).hexdigest()}"

    @property
    def dimensions(self) -> int:
        return int(self._kept.shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the protocol says; a text has the same bytes alone and among others."""
        return np.array([self._embedded(text) for text in texts], np.float32).reshape(len(texts), self.dimensions)

    def _sum(self, text: str) -> NDArray[np.float32]:
        told = _words(text)
        known = [self._number[word] for word in told if word in self._number]
        total: NDArray[np.float32] = self._vectors[known].sum(axis=0)
        if not known:
            return total
        for word in told:
            if word not in self._number:
                total += _unheard(word, self.dimensions)
        length = float(np.sqrt(np.square(total).sum()))
        return total / np.float32(length) if length else total

    def coverage(self, texts: Sequence[str]) -> float:
        """As the protocol says; tokens are pairs of characters and Latin words."""
        told = Counter(word for text in texts for word in _words(text))
        return sum(times for word, times in told.items() if word in self._number) / told.total() if told else 1.0

    def to_bytes(self) -> bytes:
        """To keep: magic, count and dimensions (4 bytes each, little endian), words by line, vectors as little-endian float16."""
        sizes = len(self._known).to_bytes(4, "little") + self.dimensions.to_bytes(4, "little")
        return MAGIC + sizes + "".join(f"{word}\n" for word in self._known).encode() + self._kept.astype("<f2").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "GramEmbedder":
        """The embedder that `to_bytes` told. Raises ValueError where the bytes are none."""
        if not data.startswith(MAGIC):
            raise ValueError("no gram vectors")
        head = len(MAGIC) + 8
        count, dimensions = np.frombuffer(data[len(MAGIC) : head], "<u4").tolist()
        body = len(data) - 2 * count * dimensions
        known = data[head:body].decode().split("\n")[:-1] if body >= head else []
        if len(known) != count:
            raise ValueError(f"{count} words announced, {len(known)} found")
        return cls(known, np.frombuffer(data[body:], "<f2").reshape(count, dimensions).astype(np.float16))


@lru_cache(maxsize=1 << 15)
def _unheard(word: str, dimensions: int) -> NDArray[np.float32]:
    """The direction of a word that was never learnt: its own, at right angles to nearly everything (random indexing, Kanerva 2000).

    Left out, a line of rare words would be taken for the one common word in it.
    """
    bits = blake2b(word.encode(), digest_size=64).digest() * (dimensions // 512 + 1)
    signs = np.unpackbits(np.frombuffer(bits, np.uint8))[:dimensions].astype(np.float32) * 2 - 1
    return signs * np.float32(UNHEARD / np.sqrt(dimensions))


def _glossary_lines() -> Iterator[str]:
    """The glossary as lines to learn from: each word alone, and under its trade's name some of its words together."""
    for trade in glossary().trades:
        for words in (trade.terms, trade.symptoms, (*trade.makes, *trade.uses), trade.methods):
            yield from words
            for at in range(0, len(words), WORDS_TOGETHER):
                yield "，".join((trade.zh, *words[at : at + WORDS_TOGETHER]))


def _words(text: str) -> list[str]:
    return [gram for gram in grams(text) if len(gram) > 1]


def _well_known(counts: Counts) -> tuple[list[str], Counts]:
    """The words that stand in enough lines, in order, and the counts of these alone."""
    found = np.bincount(counts.word, minlength=len(counts.number))
    known = sorted(word for word, at in counts.number.items() if found[at] >= KNOWN_FROM)
    number = {word: at for at, word in enumerate(known)}
    new = np.array([number.get(word, -1) for word in counts.number], np.int64)[counts.word]
    kept = new >= 0
    return known, Counts(number, new[kept], counts.line[kept], counts.times[kept])


def _association(counts: Counts, shape: tuple[int, int]) -> "csr_array":
    """Positive pointwise mutual information of word and line, words × lines."""
    from scipy.sparse import csr_array

    by_word = np.bincount(counts.word, counts.times, shape[0])
    by_line = np.bincount(counts.line, counts.times, shape[1])
    mutual = np.log(counts.times * by_word.sum() / (by_word[counts.word] * by_line[counts.line]))
    return csr_array((np.maximum(mutual, 0), (counts.word, counts.line)), shape=shape)  # type: ignore[no-untyped-call]


def _main_directions(matrix: "csr_array", dimensions: int, seed: int) -> NDArray[np.float64]:
    """Rows of `matrix` in its largest singular directions, scaled by their values to the power STEPS.

    Randomised (Halko, Martinsson & Tropp 2011), on the eigenvectors of matrix · matrixᵀ. In float64: two machines, or one with more
    threads, then differ in less than what float16 keeps.
    """
    basis = _orthonormal(matrix @ np.random.default_rng(seed).standard_normal((matrix.shape[1], dimensions + SPARE)))
    for _ in range(ROUNDS):
        basis = _orthonormal(matrix @ (matrix.T @ basis))
    reached = matrix.T @ basis
    squares, places = np.linalg.eigh(reached.T @ reached)
    directions = basis @ places[:, ::-1][:, :dimensions]
    # a singular vector is known up to its sign
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(dimensions)])
    scaled: NDArray[np.float64] = directions * signs * np.maximum(squares[::-1][:dimensions], 0) ** (STEPS / 2)
    return scaled


def _orthonormal(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions of length 1, at right angles, that span what the columns span.

    By Cholesky: 0.05 s where QR takes 0.2 (12,734 × 272), and exact enough, for the singular values here lie close together.
    """
    spanned: NDArray[np.float64] = columns @ np.linalg.inv(np.linalg.cholesky(columns.T @ columns)).T
    return spanned


def _weights(counts: Counts, size: int) -> NDArray[np.float64]:
    """Weight of each word in a sum, falling with its share of all words."""
    share = np.bincount(counts.word, counts.times, size) / counts.times.sum()
    weight: NDArray[np.float64] = COMMON / (COMMON + share)
    return weight


class SentenceEmbedder:
    """A model of sentence-transformers (extra `embed`): a local folder, or a model that the user named and may be downloaded.

    Texts are encoded one by one: padded to the length of others, a text's vector would depend on them in its last digits.
    """

    def __init__(self, name_or_folder: str) -> None:
        """Loads the model. Raises MissingExtra `extra_missing`, InvalidData `model_unreadable`."""
        self._name = Path(name_or_folder).name
        self._model = _loaded(name_or_folder)

    @cached_property
    def id(self) -> str:
        content = blake2b(repr(self._model).encode(), digest_size=16)
        for token, number in sorted(self._model.tokenizer.get_vocab().items()):
            content.update(f"{token}\n{number}\n".encode())
        for name, values in self._model.state_dict().items():
            content.update(name.encode() + values.float().cpu().numpy().tobytes())
        return f"{self._name}-{content.hexdigest()}"

    @cached_property
    def dimensions(self) -> int:
        return int(self.embed(["a"]).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the protocol says."""
        vectors = self._model.encode(list(texts) or [""], batch_size=1, normalize_embeddings=True, show_progress_bar=False)
        known = [any(self._known(text)) for text in texts]
        return np.asarray(vectors, np.float32)[: len(texts)] * np.array(known, np.float32)[:, None]

    def coverage(self, texts: Sequence[str]) -> float:
        """As the protocol says; tokens are the model's."""
        told = [known for text in texts for known in self._known(text)]
        return sum(told) / len(told) if told else 1.0

    def _known(self, text: str) -> list[bool]:
        """For each token of a text whether the vocabulary has it."""
        tokenizer = self._model.tokenizer
        return [token != tokenizer.unk_token_id for token in tokenizer(text, add_special_tokens=False)["input_ids"]]


def _loaded(name_or_folder: str) -> "SentenceTransformer":
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtra("extra_missing", extra="embed") from error
    is_path = Path(name_or_folder).is_absolute() or Path(name_or_folder).is_dir() or name_or_folder.startswith(".")
    try:
        return SentenceTransformer(name_or_folder, device="cpu", local_files_only=is_path)
    except (OSError, ValueError) as error:
        raise InvalidData("model_unreadable", model=name_or_folder, why=str(error)) from error


def thin_vocabulary(embedder: Embedder, texts: Sequence[str]) -> LianyinError | None:
    """What to tell the user where the vocabulary knows the texts badly; a value with words in both languages, never raised."""
    unknown = 1 - embedder.coverage(texts)
    return InvalidData("vocabulary_thin", model=embedder.id, percent=round(100 * unknown)) if unknown > UNKNOWN else None


class Remembered:
    """An embedder whose vectors are kept by the digests of their texts, so that a slow model reads each text once.

    What `to_bytes` tells goes into the record's kept blobs. It names the embedder's id and is read by that one alone.
    """

    def __init__(self, embedder: Embedder, kept: bytes = b"") -> None:
        """`kept` are bytes of an earlier `to_bytes`; those of another embedder, or none, are as if there were none."""
        self._embedder = embedder
        self._kept = _read_vectors(kept, embedder.id)
        self._asked: dict[bytes, NDArray[np.float32]] = {}

    @property
    def id(self) -> str:
        return self._embedder.id

    @cached_property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def coverage(self, texts: Sequence[str]) -> float:
        """The embedder's."""
        return self._embedder.coverage(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The embedder's vectors, each made once."""
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        for digest in digests:
            if digest in self._kept:
                self._asked.setdefault(digest, self._kept[digest])
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._asked}
        if new:
            self._asked |= dict(zip(new, self._embedder.embed(list(new.values())), strict=True))
        return np.array([self._asked[digest] for digest in digests], np.float32).reshape(len(texts), self.dimensions)

    def to_bytes(self) -> bytes:
        """To keep, of the texts asked for since it was read, so that what is erased falls out: magic, id, digests and vectors in order."""
        order = sorted(self._asked)
        head = REMEMBERED + f"{self.id}\n".encode() + len(order).to_bytes(4, "little")
        return head + b"".join(order) + b"".join(self._asked[digest].astype("<f4").tobytes() for digest in order)


def _read_vectors(data: bytes, id: str) -> dict[bytes, NDArray[np.float32]]:
    """Vectors by digest of their text, of this embedder alone."""
    head = REMEMBERED + f"{id}\n".encode()
    if not data.startswith(head) or len(data) < len(head) + 4:
        return {}
    count, start = int.from_bytes(data[len(head) : len(head) + 4], "little"), len(head) + 4
    digests = [data[start + 16 * at : start + 16 * at + 16] for at in range(count)]
    vectors = np.frombuffer(data[start + 16 * count :], "<f4").reshape(count, -1) if count else np.zeros((0, 0), "<f4")
    return dict(zip(digests, vectors.astype(np.float32), strict=True))
