"""Profile images: recognized by content, drawn anew, small, without metadata; bad ones refused in words."""

import io
import struct
import zlib

import pytest
from PIL import Image

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.directory.commands.pictures import remove_picture, set_picture
from portal.directory.models import Picture, User
from portal.directory.pictures import Drawn, draw
from portal.directory.queries.users import picture
from tests.inside import inside


def saved(image, kind, **more):
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def opened(drawn):
    return Image.open(io.BytesIO(drawn.data))


def png_of(width, height):
    """The beginning of a PNG that claims to be this large, with next to nothing in it."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(640, 480), (20, 600), (1, 1)])
def test_each_kind_becomes_a_small_square_webp(kind, size):
    drawn = opened(draw(saved(Image.new("RGB", size, (200, 30, 30)), kind)))
    assert (drawn.format, drawn.size) == ("WEBP", (256, 256))
    red, green, _blue = drawn.convert("RGB").getpixel((128, 128))
    assert red > 180
    assert green < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_of_writing_colors_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(draw(saved(Image.new(mode, (300, 300)), kind))).size == (256, 256)


def test_what_is_see_through_stays_so():
    drawn = opened(draw(saved(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG")))
    assert drawn.convert("RGBA").getpixel((5, 5))[3] == 0


def test_the_middle_is_kept():
    wide = Image.new("RGB", (900, 300), "white")
    wide.paste((0, 0, 0), (300, 0, 600, 300))
    assert max(opened(draw(saved(wide, "PNG"))).convert("L").getextrema()) < 40


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_and_tells_nothing_of_its_camera(orientation):
    from PIL import ImageOps

    image = Image.new("RGB", (400, 400), "white")
    image.paste((0, 0, 0), (0, 0, 200, 100))  # only one of the eight ways looks like this
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Secret Camera"
    upload = saved(image, "JPEG", exif=exif, comment=b"at home")
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(upload))).resize((256, 256)).convert("L")
    drawn = draw(upload)
    assert not opened(drawn).getexif()
    assert b"Secret" not in drawn.data
    corners = [(20, 20), (235, 20), (20, 235), (235, 235), (90, 20), (20, 90)]
    shown = opened(drawn).convert("L")
    assert [shown.getpixel(at) > 128 for at in corners] == [upright.getpixel(at) > 128 for at in corners]


def test_of_a_moving_picture_the_first_counts():
    first, second = Image.new("RGB", (300, 300), "white"), Image.new("RGB", (300, 300), "black")
    drawn = opened(draw(saved(first, "GIF", save_all=True, append_images=[second])))
    assert getattr(drawn, "n_frames", 1) == 1
    assert drawn.convert("L").getpixel((10, 10)) > 200


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (b"", "not an image"),
        (b"GIF89a", "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not an image"),
        (b"%PDF-1.7 " + b"x" * 500, "not an image"),
        (saved(Image.new("RGB", (50, 50)), "BMP"), "not an image"),
        (saved(Image.new("RGB", (50, 50)), "TIFF"), "not an image"),
        (saved(Image.effect_noise((300, 300), 90), "PNG")[:-3000], "not an image"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (5 * 1024 * 1024), "more than 5 MB"),
        (png_of(8000, 5001), "40 million pixels"),
        (png_of(60_000, 60_000), "40 million pixels"),
    ],
    ids=["empty", "cut", "svg", "pdf", "bmp", "tiff", "torn", "heavy", "large", "bomb"],
)
def test_what_cannot_be_taken_is_refused_in_words(upload, sentence):
    with pytest.raises(DomainError, match=sentence) as refused:
        draw(upload)
    assert refused.value.field == "picture"


RED = Drawn(b"red", "a" * 64)
BLUE = Drawn(b"blue", "b" * 64)


def test_a_picture_is_kept_replaced_and_removed(cast):
    user, ctx = cast.user("emily@siam.example"), inside(cast.siam_admin, cast.siam)
    for image in (RED, BLUE):
        set_picture(ctx, user.public_id, image)
    assert picture(cast.siam.id, user.public_id).data == b"blue"
    assert Picture.select().count() == 1
    for _ in range(2):
        remove_picture(ctx, user.public_id)
    with pytest.raises(NotFound):
        picture(cast.siam.id, user.public_id)
    acts = [(act.verb, act.detail["before"]["picture"]) for act in Event.select().order_by(Event.id)]
    assert acts == [("user.picture-set", None), ("user.picture-set", RED.digest), ("user.picture-removed", BLUE.digest)]


def test_a_partner_sets_no_pictures_and_nobody_the_super_admins(cast):
    user = cast.user("emily@siam.example")
    cast.siam_admin  # noqa: B018
    for act in (lambda ctx, user: set_picture(ctx, user, RED), remove_picture):
        with pytest.raises(Forbidden):
            act(inside(cast.admin, cast.siam), user.public_id)
        with pytest.raises(DomainError):
            act(inside(cast.siam_manager, cast.siam), User.get(User.role == "super-admin").public_id)
        with pytest.raises(NotFound):
            act(inside(cast.siam_admin, cast.siam), "23456789abcd")
    assert Picture.select().count() == 0
