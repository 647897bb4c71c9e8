"""The words of a history in other languages, written as the English words that the readers know.

Only words that name a moment, a side, a rate, a loss or a score are translated.
"""

import re
from collections import Counter

WITHOUT_SPACES: tuple[tuple[str, str], ...] = (
    (r"第\s*(\d+)\s*(?:轮|輪|个周期|周期|回|エポック)", r"epoch \1"),
    ("轮次|轮数|周期|エポック|에포크|에폭", "epoch"),
    ("迭代次数|迭代|イテレーション", "iter"),
    ("学习率|學習率|学習率|학습률", "lr"),
    ("验证集?|驗證集?|検証|검증", "val"),
    ("测试集?|測試集?|テスト|테스트", "test"),
    ("训练集?|訓練集?|学習|훈련|학습", "train"),
    ("损失值?|損失値?|손실", "loss"),
    ("平均交并比", "mean iou"),
    ("交并比", "iou"),
    ("准确率|精度|準確率|正解率|정확도", "accuracy"),
    ("召回率|再現率|재현율", "recall"),
)
"""Words of scripts that set no space between words."""
SPACED: tuple[tuple[str, str], ...] = (
    (r"[ée]poca(?![^\W_])|[ée]poque(?![^\W_])|epochen?(?![^\W_])|эпох\w*", "epoch"),
    (r"итераци\w*", "iter"),
    (r"lernrate|скорость обучения|tasa de aprendizaje|taux d.apprentissage|taxa de aprendizado", "lr"),
    (r"validierungs?|validaci[óo]n|valida[çc][ãa]o|validazione|валидаци\w*", "val"),
    (r"prueba(?![^\W_])|тест\w*", "test"),
    (
        r"trainings(?=[a-zäöü])|entra[îi]nement|entrenamiento|treinamento|treino(?![^\W_])|addestramento|обуч\w*",
        "train",
    ),
    (
        r"verluste?(?![^\W_])|p[ée]rdidas?(?![^\W_])|perda(?![^\W_])|pertes?(?![^\W_])|perdita(?![^\W_])|потер\w*",
        "loss",
    ),
    (r"genauigkeit|exactitude?|acur[áa]cia|точност\w*", "accuracy"),
)
"""Words that begin where no letter stands before them."""


def in_english(text: str) -> str:
    """Return a history with the words for moments, sides, rates, losses and scores in English.

    >>> in_english("第3轮 验证损失: 0.61")
    'epoch 3 val loss: 0.61'
    """
    given = text
    for words, english in WITHOUT_SPACES if not text.isascii() else ():
        text = re.sub(words, f"{english} ", text)
    for words, english in SPACED:
        text = re.sub(rf"(?<![^\W\d_])(?:{words})", f"{english} ", text, flags=re.IGNORECASE)
    return text if text == given else re.sub(r" +(?=[_\"',;:\t\n|/)\]}]|$)", "", re.sub(r"(?<=\w) +(?=\w)", " ", text))


def keys_in_english(value: object) -> object:
    """Return what JSON held with the names in its dicts in English; a name that would stand twice stays as it is."""
    if isinstance(value, list):
        return [keys_in_english(item) for item in value] if value and isinstance(value[0], dict) else value
    if not isinstance(value, dict):
        return value
    names = {key: in_english(key) if isinstance(key, str) else key for key in value}
    often = Counter(names.values())
    return {key if often[names[key]] > 1 else names[key]: keys_in_english(item) for key, item in value.items()}
