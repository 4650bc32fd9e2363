/* SPDX-License-Identifier: ISC */
/*
 * Published Noise test vectors: constants from vectors/cacophony.txt of
 * https://github.com/haskell-cryptography/cacophony (public domain), five of its
 * patterns. Hex; NULL where a pattern has no such key. Messages go to and fro,
 * the initiator's first; those after the handshake are transport messages.
 */
#ifndef DT_TESTS_SESSION_NOISE_VECTORS_H
#define DT_TESTS_SESSION_NOISE_VECTORS_H

struct noise_vector {
    const char *name;
    const char *prologue;
    const char *psk;
    const char *init_static, *init_ephemeral, *init_remote;
    const char *resp_static, *resp_ephemeral, *resp_remote;
    const char *hash;
    struct {
        const char *payload;
        const char *ciphertext;
    } messages[6];
};

static const struct noise_vector noise_vectors[] = {
    {
        .name = "IKpsk1",
        .prologue = "4a6f686e2047616c74",
        .psk = "54686973206973206d7920417573747269616e20706572737065637469766521",
        .init_static = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        .init_remote = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
        .resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        .resp_remote = NULL,
        .hash = "3ad252ed6f724c52da3450383b7d8b806c183e1ef157bbe0465ad24997ec4717",
        .messages = {
            {"4c756477696720766f6e204d69736573",
             "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944ac58a6c31948"
             "ce200911c5b27b67f1c4d1bed490532dd94ed17164fcc5784d3730fc302b70cc0f19beedaeb5"
             "6bd974c0e57d747d11534c746eb2a32ac3fde3e4cdf6c3a4705762a6c6ca664b3bc89490"},
            {"4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843846a944a0652"
             "fb390d213d0700d5ae8fef7aad0ecc79a9216d15de5d7f3ee4"},
            {"462e20412e20486179656b",
             "5d872673f64813a47a00369b15c8da92691605ad71ba019de8e718"},
            {"4361726c204d656e676572",
             "2045266a750b6af2547f7eb1391058196b742d0aac4b3a1bcc1913"},
            {"4a65616e2d426170746973746520536179",
             "9ec47ed0e7628c7d7a4eed631b963740ac2fd754eadaa9232e99054af4f7b29174"},
            {"457567656e2042f6686d20766f6e2042617765726b",
             "310e359407350594cfb96eb4596e35677d4a71ceb42aa8cbba097bb9e7150b0d1bd749c4aa"},
        },
    },
    {
        .name = "IK",
        .prologue = "4a6f686e2047616c74",
        .psk = NULL,
        .init_static = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        .init_remote = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
        .resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        .resp_remote = NULL,
        .hash = "0b0f68fb0c27e03ce9b97565995ed4838cc0581b762ef72b062f6a546419fad7",
        .messages = {
            {"4c756477696720766f6e204d69736573",
             "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944718da798efbc"
             "d91528520204f904b9bd6c7413dccdc214d951e15253e39987f18146e8cd0873654207148333"
             "479d4d16c289f0294b29960a72f48e0b7bba2e89083169825e59642148d492020664ccf7"},
            {"4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088435361e70b2ed4"
             "46e6c9ec387d1d6b3b840f194e373979d241b203c4acafccf5"},
            {"462e20412e20486179656b",
             "050e9f3c8fac16b68dbce8f8c4bfbf6617c897f9ada4aa29aa19c8"},
            {"4361726c204d656e676572",
             "344233a6cabb7141d80f3da2fedc311d9646bbb0f505afe403a667"},
            {"4a65616e2d426170746973746520536179",
             "62cdeeb172ad7ade7aa7d9e069da5790f12331bfa00177787a1d0810c67dc3b2b4"},
            {"457567656e2042f6686d20766f6e2042617765726b",
             "029bead1b40992327044d409d9a1f3ad8f36c3c452775d557e18bbeb2e8dfcead32d514024"},
        },
    },
    {
        .name = "XX",
        .prologue = "4a6f686e2047616c74",
        .psk = NULL,
        .init_static = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        .init_remote = NULL,
        .resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        .resp_remote = NULL,
        .hash = "c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e",
        .messages = {
            {"4c756477696720766f6e204d69736573",
             "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c7564776967"
             "20766f6e204d69736573"},
            {"4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884381cbad1f276e"
             "038c48378ffce2b65285e08d6b68aaa3629a5a8639392490e5b9bd5269c2f1e4f488ed883116"
             "1f19b7815528f8982ffe09be9b5c412f8a0db50f8814c7194e83f23dbd8d162c9326ad"},
            {"462e20412e20486179656b",
             "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a80ae475b9df0f"
             "169ae80a89be0865b57f58c9fea0d4ec82a286427402f113e4b6ae769a1d95941d49b25030"},
            {"4361726c204d656e676572",
             "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df"},
            {"4a65616e2d426170746973746520536179",
             "3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5"},
            {"457567656e2042f6686d20766f6e2042617765726b",
             "eb3f3515110702e047a6c9da4478b6ead94873c11c0f2d710ddb3f09fce024b3a58502ae3f"},
        },
    },
    {
        .name = "KK",
        .prologue = "4a6f686e2047616c74",
        .psk = NULL,
        .init_static = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        .init_remote = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
        .resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        .resp_remote = "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a",
        .hash = "24c6b51ecb76277140ca018b5985bc9f03de321dae2d34dcae433dafef0131d9",
        .messages = {
            {"4c756477696720766f6e204d69736573",
             "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79440177015efc1f"
             "e7a37c629af7120a96274e6ab7afcc9261901d0e09ae32a5bb96"},
            {"4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843b274d3429adc"
             "47ca093ba63ef90f8da89fda108db471dccfa4894aa7b00003"},
            {"462e20412e20486179656b",
             "966b05bc69ec01b8454d3160a214e6f24a3d884eb31ec2408af63f"},
            {"4361726c204d656e676572",
             "0ad887fba4f611bbb4afe44ba3556b8164332ca7d5934634d63d80"},
            {"4a65616e2d426170746973746520536179",
             "012b28ae646ae7830e2c5472cb023eab071c1db3d8413ec69b513b83832f974c2d"},
            {"457567656e2042f6686d20766f6e2042617765726b",
             "bb3e6a48160d9c5971d37f975727294e0d868342db31832e54d07191ab0ca3c3703b5ed3d9"},
        },
    },
    {
        .name = "NNpsk0",
        .prologue = "4a6f686e2047616c74",
        .psk = "54686973206973206d7920417573747269616e20706572737065637469766521",
        .init_static = NULL,
        .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        .init_remote = NULL,
        .resp_static = NULL,
        .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        .resp_remote = NULL,
        .hash = "f4d03dc34495c95729ea6de9e1b59004b59733102488b3e24bc441e0be208eaf",
        .messages = {
            {"4c756477696720766f6e204d69736573",
             "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c794479b962b8aff8"
             "485742ac32f905ba45369e2465fb59e138a93d67a0d1266b6a54"},
            {"4d757272617920526f746862617264",
             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843d6062704d5a9"
             "c422a8e834423f8c1feada7e8d0d910a1a2cd030fb584221e3"},
            {"462e20412e20486179656b",
             "e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f"},
            {"4361726c204d656e676572",
             "64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e"},
            {"4a65616e2d426170746973746520536179",
             "e2fa0bed0603b62d3ccac2ecabbf3fe33f3e86514909b323361626266cb2471cc8"},
            {"457567656e2042f6686d20766f6e2042617765726b",
             "0c01dc9cec1fe4ddd692e8dd32188aa351088dc91183639a53b57aa4692b5ebdef8b8ca111"},
        },
    },
};

#endif
